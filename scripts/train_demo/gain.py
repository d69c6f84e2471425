"""What a stage gained over the one before, on the same held-out media."""

from __future__ import annotations

from collections.abc import Sequence

from worker.evaluation.comparison.mcnemar import of_hits


def gain(before: Sequence[bool], after: Sequence[bool]) -> str:
    """A line for people: media on which one alone is right, and McNemar's test."""
    found = of_hits(list(zip(before, after, strict=True)))
    if found.p is None:
        return "right on the same media"
    return f"{found.only_after} media won, {found.only_before} lost, p = {found.p:.2g}"
