"""What a stage gained over the one before, on the same held-out media."""

from __future__ import annotations

from collections.abc import Sequence

from statsmodels.stats.contingency_tables import mcnemar

EXACT_UNDER = 25
"""Media on which one alone is right, below which the chi-squared distribution is too coarse."""


def gain(before: Sequence[bool], after: Sequence[bool]) -> str:
    """A line for people: media on which one alone is right, and McNemar's test (1947)."""
    pairs = list(zip(before, after, strict=True))
    lost = sum(was and not now for was, now in pairs)
    won = sum(now and not was for was, now in pairs)
    if not won + lost:
        return "right on the same media"
    cells = [[0, lost], [won, 0]]
    p = float(mcnemar(cells, exact=won + lost < EXACT_UNDER, correction=True).pvalue)
    return f"{won} media won, {lost} lost, p = {p:.2g}"
