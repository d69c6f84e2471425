"""A worker on twins, for the tests of the pipeline."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from tests.twins.decoder import InProcessDecoder
from tests.twins.detector import FakeDetector
from tests.twins.stream import MemoryBroker, MemorySink, MemorySource
from worker.answering.answerer import Answerer
from worker.cache.memory import MemoryCache
from worker.cache.single_flight import SingleFlight
from worker.cache.traced import TracedCache
from worker.detector.traced import TracedDetector
from worker.domain.clock import SystemClock
from worker.domain.media import Content
from worker.domain.procedure import Procedure
from worker.domain.record import Record
from worker.domain.upload import MediaReference
from worker.domain.verdict import (
    VerdictEvent,
)
from worker.domain.verdict_policy import VerdictPolicy
from worker.events.codec import EventCodec
from worker.fetch.config import FetchConfig
from worker.fetch.protocol import OnSize
from worker.fetch.router import FetchRouter
from worker.flow.action_breaker import ActionBreaker
from worker.flow.admission import Admission
from worker.flow.byte_budget import ByteBudget
from worker.flow.config import AdmissionConfig, BreakerSettings, DeadLetterLimitConfig
from worker.flow.day_counter import MemoryDayCounter
from worker.flow.dead_letter_limit import DeadLetterLimit
from worker.flow.retry import Retry
from worker.flow.retry_plan import RetryPlan
from worker.flow.rules import FlowRules
from worker.models.spec import load_spec
from worker.pipeline import Pipeline, Rooms
from worker.stream.protocol import Delivery
from worker.stream.settlement import PublishThenCommit
from worker.telemetry.event_spans import EventSpans
from worker.telemetry.metrics import Metrics
from worker.telemetry.tracing import Tracing

SPEC = load_spec("tiny")

OUTLETS = ("verdicts", "dead_letters", "retries.0", "retries.1", "backfill")
"""The topics of the stream in memory."""


class Web:
    """URLs that answer as a test says; what has no answer is fetched for real (inline)."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.failures: dict[str, list[Exception]] = {}
        self.fetched = 0
        self._router = FetchRouter(FetchConfig())

    async def fetch(self, media: MediaReference, on_size: OnSize, tenant: str) -> Content:
        self.fetched += 1
        if media.url is None:
            return await self._router.fetch(media, on_size, tenant)
        if self.failures.get(media.url):
            raise self.failures[media.url].pop(0)
        data = self.files[media.url]
        on_size(len(data))
        return Content.of(data, media.mime)

    async def close(self) -> None:
        await self._router.close()


@dataclass
class World:
    """A worker on twins."""

    broker: MemoryBroker = field(default_factory=MemoryBroker)
    cache: MemoryCache = field(default_factory=MemoryCache)
    detector: FakeDetector = field(default_factory=lambda: FakeDetector(SPEC))
    web: Web = field(default_factory=Web)
    policy: VerdictPolicy = field(default_factory=VerdictPolicy)
    procedure: Procedure = field(default_factory=Procedure)
    max_in_flight: int = 100
    limit: DeadLetterLimitConfig = field(default_factory=DeadLetterLimitConfig)
    retry_delays_s: tuple[float, ...] = ()
    event_timeout_s: float = 30.0
    may_divert: bool = False
    slots: int = 100
    breaker: BreakerSettings = field(default_factory=BreakerSettings)
    metrics: Metrics = field(default_factory=Metrics)
    tracing: Tracing = field(default_factory=Tracing)

    def __post_init__(self) -> None:
        self.source = MemorySource(
            self.broker, "uploads", "group", max_in_flight=self.max_in_flight
        )
        self.sink = MemorySink(self.broker)
        self.memory = ByteBudget(10_000_000)

    @property
    def pipeline(self) -> Pipeline:
        retry = Retry(attempts=3, base_s=0.001, cap_s=0.001)
        return Pipeline(
            Rooms(
                codec=EventCodec(),
                fetcher=self.web,
                answers=SingleFlight(
                    TracedCache(self.cache, self.tracing), renew_every_s=10, witness=self.metrics
                ),
                answerer=Answerer(
                    InProcessDecoder(),
                    TracedDetector(self.detector, SPEC, self.tracing, remote=False),
                    procedure=self.procedure,
                    retry=retry,
                    clock=SystemClock(),
                ),
            ),
            policy=self.policy,
            flow=self.flow(retry),
            metrics=self.metrics,
            clock=SystemClock(),
            spans=EventSpans(self.tracing, group="group"),
        )

    def flow(self, retry: Retry) -> FlowRules:
        clock = SystemClock()
        return FlowRules(
            admission=Admission(
                AdmissionConfig(slots=self.slots), window=self.max_in_flight, clock=clock
            ),
            memory=self.memory,
            retry=retry,
            breaker=ActionBreaker(self.breaker, counter=MemoryDayCounter(), clock=clock),
            limit=DeadLetterLimit(self.limit),
            retry_plan=RetryPlan(self.retry_delays_s),
            event_timeout_s=self.event_timeout_s,
            may_divert=self.may_divert,
        )

    async def upload(self, url: str, data: bytes | None = None, **fields: Any) -> str:
        """Publish an upload event; its id."""
        if data is not None:
            self.web.files[url] = data
        event_id = str(fields.pop("event_id", uuid.uuid4()))
        event = {"event_id": event_id, "content_id": url, "media": {"url": url}, **fields}
        await self.broker.append("uploads", json.dumps(event).encode(), key=url.encode())
        return event_id

    async def carry(self, record: Record) -> list[Record]:
        """Carry one record, and give what is published of it."""
        before = {outlet: len(self.broker.all_records(outlet)) for outlet in OUTLETS}

        class OneRecord(MemorySource):
            async def deliveries(self) -> AsyncIterator[Delivery]:
                yield Delivery(record, 1)

        source = OneRecord(self.broker, "uploads", "group")
        await self.pipeline.run(source, PublishThenCommit(source, self.sink))
        return [
            published
            for outlet, count in before.items()
            for published in self.broker.all_records(outlet)[count:]
        ]

    async def run(self) -> None:
        """Carry everything that is there, then stop as a drain does."""
        await self.source.start()
        running = asyncio.create_task(
            self.pipeline.run(self.source, PublishThenCommit(self.source, self.sink))
        )
        async with asyncio.timeout(30):
            while not running.done() and self.committed < self.waiting:
                await asyncio.sleep(0.005)
            await self.source.stop_taking()
            await running

    @property
    def waiting(self) -> int:
        return len(self.broker.all_records("uploads"))

    @property
    def committed(self) -> int:
        return sum(self.broker.offsets["group"].values())

    @property
    def verdicts(self) -> list[VerdictEvent]:
        return [
            VerdictEvent.model_validate_json(record.value or b"")
            for record in self.broker.all_records("verdicts")
        ]

    @property
    def letters(self) -> list[Record]:
        return self.broker.all_records("dead_letters")

    def reasons(self) -> list[str]:
        return [(record.header("ivy-dlq-reason") or b"").decode() for record in self.letters]
