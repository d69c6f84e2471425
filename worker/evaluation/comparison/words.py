"""Differences as a person reads them."""

from __future__ import annotations

from worker.evaluation.comparison.differences import Difference, Differences
from worker.evaluation.report.words import DASH

TITLES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro F1",
    "auc": "AUC",
}

SMALLEST = 0.0001
"""Below, a p is told as less than this: its digits mean nothing."""


def signed(value: float | None) -> str:
    """With its sign, or a dash."""
    return DASH if value is None else f"{value:+.3f}"


def chance(p: float | None) -> str:
    """A p-value."""
    if p is None:
        return DASH
    return f"< {SMALLEST:g}" if p < SMALLEST else f"{p:.4f}"


def interval(found: Difference) -> str:
    """The difference and its interval."""
    one = found.difference
    if one.low is None or one.high is None:
        return signed(one.value)
    return f"{signed(one.value)} ({signed(one.low)} to {signed(one.high)})"


def metrics(found: Differences) -> list[tuple[str, Difference]]:
    """By title."""
    return [(title, found.named(name)) for name, title in TITLES.items()]
