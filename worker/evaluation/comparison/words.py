"""Differences as a person reads them."""

from __future__ import annotations

from worker.evaluation.comparison.differences import Difference, Differences
from worker.evaluation.report.words import DASH, change

TITLES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro F1",
    "auc": "AUC",
}

SMALLEST = 0.0001
"""Below, a p is told as less than this: its digits mean nothing."""


def chance(p: float | None) -> str:
    """A p-value."""
    if p is None:
        return DASH
    return f"< {SMALLEST:g}" if p < SMALLEST else f"{p:.4f}"


def interval(found: Difference) -> str:
    """The difference and its interval."""
    return change(found.difference)


def metrics(found: Differences) -> list[tuple[str, Difference]]:
    """By title."""
    return [(title, found.named(name)) for name, title in TITLES.items()]
