"""Numbers as a person reads them; on a page and in Markdown alike."""

from __future__ import annotations

from worker.evaluation.metrics.estimate import Estimate
from worker.evaluation.metrics.summary import Summary

DASH = "–"  # noqa: RUF001 - an en dash, as tables have it

SUMMARY = (
    ("accuracy on parsed answers", "accuracy_on_parsed"),
    ("parse-failure rate", "parse_failure_rate"),
    ("accuracy, failures as errors", "accuracy"),
    ("balanced accuracy", "balanced_accuracy"),
    ("macro F1", "macro_f1"),
    ("F1 weighted by label (the authors' script)", "weighted_f1"),
    ("accuracy on real media", "recall_real"),
    ("accuracy on fake media (recall)", "recall_fake"),
    ("AUC", "auc"),
    ("average precision", "average_precision"),
    ("fakes found at 1 % false alarms", "tpr_at_fpr_1"),
    ("fakes found at 0.1 % false alarms", "tpr_at_fpr_01"),
    ("Brier score (less is better)", "brier"),
    ("ECE (less is better)", "ece"),
)
"""Titles and fields of a summary, in the order of reading."""


def number(value: float | None, digits: int = 3) -> str:
    """A number, or a dash where there is none."""
    return DASH if value is None else f"{value:.{digits}f}"


def signed(value: float | None) -> str:
    """With its sign, or a dash."""
    return DASH if value is None else f"{value:+.3f}"


def estimate(found: Estimate, digits: int = 3) -> str:
    """A value and its interval."""
    if found.low is None or found.high is None:
        return number(found.value, digits)
    return f"{number(found.value, digits)} ({found.low:.{digits}f} to {found.high:.{digits}f})"


def change(found: Estimate) -> str:
    """A difference and its interval, with signs."""
    if found.low is None or found.high is None:
        return signed(found.value)
    return f"{signed(found.value)} ({signed(found.low)} to {signed(found.high)})"


def summary_rows(summary: Summary) -> list[tuple[str, str, str]]:
    """Title, value with its interval, and a note."""
    rows = []
    for title, field in SUMMARY:
        found: Estimate = getattr(summary, field)
        rows.append((title, estimate(found), found.note or ""))
    return rows
