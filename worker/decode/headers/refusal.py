"""The refusal of a file for what it announces."""

from __future__ import annotations

from worker.domain.failure import Poison, Reason


def too_many(what: str, most: int) -> Poison:
    """Of a bound that is no setting, for no honest file comes near."""
    return Poison(Reason.MEDIA_OVER_BUDGET, f"the file has over {most} {what}")
