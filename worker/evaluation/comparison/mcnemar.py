"""McNemar's test: whether two models err equally often on the same media."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from worker.evaluation.comparison.pairs import Pair

EXACT_UNDER = 25
"""Media on which one alone is right, below which the chi-squared distribution is too coarse; the
usual bound, and the binomial test then costs nothing."""


class McNemar(BaseModel):
    """Answers that are right; a failure to answer is wrong."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    both_right: int
    only_before: int
    only_after: int
    both_wrong: int
    p: float | None = Field(description="Two-sided; null where no answer is right in one alone.")
    exact: bool = Field(description="By the binomial distribution.")


def mcnemar(pairs: Sequence[Pair]) -> McNemar:
    """Count, and test.

    Source: Q. McNemar, "Note on the sampling error of the difference between correlated
    proportions or percentages", Psychometrika 12 (1947), 153-157; with continuity correction
    where it is not exact.
    """
    return of_hits([(pair.before.correct, pair.after.correct) for pair in pairs])


def of_hits(pairs: Sequence[tuple[bool, bool]]) -> McNemar:
    """The same of whether each was right before, and after."""
    from statsmodels.stats.contingency_tables import mcnemar as test

    cells = [[0, 0], [0, 0]]
    for before_is, after_is in pairs:
        cells[not before_is][not after_is] += 1
    (both, before), (after, neither) = cells
    apart = before + after
    exact = apart < EXACT_UNDER
    return McNemar(
        both_right=both,
        only_before=before,
        only_after=after,
        both_wrong=neither,
        p=float(test(cells, exact=exact, correction=True).pvalue) if apart else None,
        exact=exact,
    )
