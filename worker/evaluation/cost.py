"""What a run took, by the thousand."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from worker.evaluation.outcome import Outcome
from worker.evaluation.sessions import Session

THOUSAND = 1000


class Cost(BaseModel):
    """Of 1,000 outcomes: one media asked about in one form is one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    outcomes: int
    engine_seconds: float | None = Field(
        description="Time of one engine, asked about many media at once; loading it is not in it."
    )
    prompt_tokens: float
    completion_tokens: float
    price: float | None = Field(description="Of the engine's GPUs, where --gpu-hour-price is given")


def cost_of(
    outcomes: Sequence[Outcome],
    sessions: Sequence[Session],
    *,
    gpu_hour_price: float | None,
    gpus: int,
) -> Cost:
    """Shards' sittings add up: eight engines for an hour are eight hours."""
    answered = [one for one in outcomes if one.answered]
    timed = sum(session.outcomes for session in sessions)
    seconds = sum(session.seconds for session in sessions) * THOUSAND / timed if timed else None
    price = None
    if seconds is not None and gpu_hour_price is not None:
        price = round(seconds / 3600 * gpus * gpu_hour_price, 6)
    return Cost(
        outcomes=len(outcomes),
        engine_seconds=None if seconds is None else round(seconds, 3),
        prompt_tokens=_mean([one.prompt_tokens for one in answered]) * THOUSAND,
        completion_tokens=_mean([one.completion_tokens for one in answered]) * THOUSAND,
        price=price,
    )


def _mean(values: Sequence[int]) -> float:
    return round(sum(values) / len(values), 3) if values else 0.0
