"""The rules that an event is carried by."""

from __future__ import annotations

from dataclasses import dataclass, field

from worker.flow.action_breaker import ActionBreaker
from worker.flow.admission import Admission
from worker.flow.byte_budget import ByteBudget
from worker.flow.dead_letter_limit import DeadLetterLimit
from worker.flow.retry import Retry
from worker.flow.retry_plan import RetryPlan


@dataclass(frozen=True, slots=True)
class FlowRules:
    """How much is under way at once, for how long it is tried, and when to stop."""

    admission: Admission
    memory: ByteBudget
    retry: Retry
    breaker: ActionBreaker
    limit: DeadLetterLimit
    retry_plan: RetryPlan = field(default_factory=RetryPlan)
    event_timeout_s: float = 600.0
    may_divert: bool = False
    """There is a backfill topic for a tenant's burst to go to."""
