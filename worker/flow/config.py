"""Settings of the rules on how much, whose turn, and when to stop."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from worker.domain.failure import Reason
from worker.flow.uploaders import IN_AN_UPLOADERS_HAND
from worker.typed import comma_separated


class AdmissionConfig(BaseModel):
    """Which of the events that were taken are worked on, and which wait."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    slots: int = Field(
        default=512,
        ge=1,
        description="Events worked on at once; the others wait for their turn. Below one and a half"
        " batches of the engine (`engine.max_num_seqs`) it runs dry.",
    )
    tenant_share: float = Field(
        default=0.5,
        gt=0,
        le=1,
        description="Share of the slots that one tenant may hold while other tenants wait beside"
        " it; alone it may hold all.",
    )
    backfill_share: float = Field(
        default=0.05,
        ge=0,
        lt=1,
        description="Share of the slots kept for the backfill while live events wait: no less, so"
        " that it never stands still, and no more. Without live events it may hold all.",
    )
    crowd_share: float = Field(
        default=0.25,
        gt=0,
        le=1,
        description="Share of `kafka.consumer.max_in_flight` that one tenant's live events may fill"
        " with waiting; what is beyond goes to the backfill topic, where there is one. 1 turns it"
        " off.",
    )
    neighbours_s: float = Field(
        default=600.0,
        gt=0,
        description="Seconds for which a tenant that sent something counts as one who may be hurt"
        " by another's crowd. A tenant that is alone is never sent to the backfill topic.",
    )


class DeadLetterLimitConfig(BaseModel):
    """When dead letters are no longer the events' fault."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ratio: float = Field(
        default=0.5,
        gt=0,
        le=1,
        description="Share of dead letters among the last outcomes beyond which the worker ends; 1"
        " turns it off.",
    )
    window: int = Field(default=1000, ge=1, description="Those last outcomes.")
    least: int = Field(
        default=100, ge=1, description="Outcomes before the ratio is looked at: few say nothing."
    )
    consecutive: int = Field(
        default=200,
        ge=0,
        description="Dead letters one after the other at which the worker ends; 0 turns it off.",
    )
    ignored: Annotated[tuple[Reason, ...], BeforeValidator(comma_separated)] = Field(
        default=tuple(sorted(IN_AN_UPLOADERS_HAND)),
        description="Reasons that count as neither good nor bad: what an uploader can bring about"
        " must not stop the worker.",
    )


class BreakerSettings(BaseModel):
    """When `block` hints become `review`, because there are too many of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_blocks_per_day: int = Field(
        default=0,
        ge=0,
        description="`block` hints of all workers in a day (UTC); those beyond become `review`. 0"
        " is no limit: a few times your usual day is a good one.",
    )
    jump_factor: float = Field(
        default=3.0,
        description="The breaker opens when the share of `block` hints is this many times its"
        " baseline; 0 turns it off.",
    )
    floor: float = Field(
        default=0.05,
        gt=0,
        lt=1,
        description="A share of `block` hints up to this one never opens it.",
    )
    close_at: float = Field(
        default=0.5,
        gt=0,
        lt=1,
        description="It closes when the share has fallen below this part of what opened it.",
    )
    window: int = Field(
        default=500, ge=20, description="Verdicts over which the present share is counted."
    )
    memory: int = Field(
        default=10_000, ge=100, description="Verdicts before those that make the baseline."
    )
    warm_up: int = Field(
        default=1_000,
        ge=1,
        description="Verdicts that the baseline must rest upon before it is compared with anything."
        " After each start of a worker.",
    )
    expected_share: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="The share of `block` hints that you expect, such as a shadow run's: the"
        " baseline to begin with, so that a model that is wrong from the start is met as well.",
    )

    @field_validator("jump_factor")
    @classmethod
    def _above_one(cls, value: float) -> float:
        if value != 0 and value <= 1:
            raise ValueError("must be above 1, or 0 for none: at 1 every usual day is a jump")
        return value
