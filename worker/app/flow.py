"""The rules that events are carried by, from the settings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from worker.cache.day_counter import RedisDayCounter
from worker.domain.clock import Clock
from worker.domain.lane import Lane
from worker.flow.action_breaker import ActionBreaker
from worker.flow.admission import Admission
from worker.flow.byte_budget import ByteBudget
from worker.flow.dead_letter_limit import DeadLetterLimit
from worker.flow.retry import Retry
from worker.flow.retry_plan import RetryPlan
from worker.flow.rules import FlowRules
from worker.settings.settings import Settings
from worker.telemetry.metrics import Metrics
from worker.telemetry.table import delivery, media, verdicts
from worker.telemetry.table.process import BreakerName

BLOCKS = "blocks"
"""The name of the day's count of `block` hints."""


@asynccontextmanager
async def open_flow(settings: Settings, metrics: Metrics, clock: Clock) -> AsyncIterator[FlowRules]:
    """The rules, with gauges that show how they stand."""
    flow, topics = settings.flow, settings.kafka.topics
    window = settings.kafka.consumer.max_in_flight
    admission = Admission(flow.admission, window=window, clock=clock)
    memory = ByteBudget(flow.max_media_bytes)
    counter = RedisDayCounter(settings.cache, BLOCKS, clock)
    mode = settings.policy.mode
    breaker = ActionBreaker(settings.policy.breaker, counter=counter, clock=clock, mode=mode)
    limit = DeadLetterLimit(flow.dead_letter_limit)

    metrics.observe(media.MEDIA_BYTES, lambda: float(memory.used))
    metrics.observe_each(
        delivery.WAITING, lambda: {lane.value: float(admission.waiting(lane)) for lane in Lane}
    )
    metrics.observe(delivery.DEAD_LETTER_RATIO, lambda: limit.ratio)
    metrics.observe(verdicts.ACTION_BREAKER, lambda: float(breaker.open))
    metrics.breaker(BreakerName.ACTION, lambda: breaker.open)
    try:
        yield FlowRules(
            admission=admission,
            memory=memory,
            retry=Retry(
                attempts=flow.retry_attempts,
                base_s=flow.retry_base_s,
                cap_s=flow.retry_cap_s,
                patience_s=flow.retry_cap_s if topics.retries else None,
            ),
            breaker=breaker,
            limit=limit,
            retry_plan=RetryPlan(tuple(topic.delay_s for topic in topics.retries)),
            event_timeout_s=flow.event_timeout_s,
            may_divert=topics.backfill is not None,
        )
    finally:
        await counter.close()
