"""The life of one event, top to bottom.

    consume      stream/kafka/source.py, consumer_thread.py
    validate     events/codec.py
    turn         flow/admission.py: which of those that wait
    fetch, hash  fetch/router.py, intake.py
    cache?       cache/redis.py
    one flight   cache/single_flight.py
    answer       answering/answerer.py: as a whole or in windows, in one pass or in two
      decode     decode/pool.py, and in its child processes decode.py, resize.py
      engine     detector/vllm/detector.py, and in its child process engine.py
      parse      parsing/reply.py
      score      parsing/score.py
    calibrate    domain/calibration.py
    findings     findings/reader.py
    verdict      domain/policy.py, flow/action_breaker.py
    publish      stream/settlement.py and stream/kafka/sink.py, or stream/kafka/transactions.py
    commit       stream/kafka/consumer_thread.py, by the rule of stream/watermark.py

Each step is a folder of its own, a room; those that reach out of this process are known here by
their Protocols. What a failure does follows from its type: poison becomes a dead letter, transient
is tried again, here and then from a retry topic, systemic stops the worker.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from worker.answering.answerer import Answerer, Question
from worker.cache.single_flight import Known, SingleFlight
from worker.cache.suspicion import Suspicion
from worker.domain.answer import Answer
from worker.domain.cache_key import CacheKey
from worker.domain.clock import Clock
from worker.domain.dead_letter import DeadLetter
from worker.domain.failure import Failure, Poison, Reason, Systemic, Transient
from worker.domain.lane import Lane
from worker.domain.media import Content
from worker.domain.outcome import Outcome
from worker.domain.policy import decide, text_note, timeline_of
from worker.domain.postponement import Diversion
from worker.domain.record import Record
from worker.domain.upload import UploadEvent
from worker.domain.verdict import CacheUse, VerdictEvent, verdict_id
from worker.domain.verdict_policy import VerdictPolicy
from worker.events.codec import EventCodec
from worker.events.shortening import steps
from worker.fetch.protocol import Fetcher
from worker.findings.reader import read_findings
from worker.flow.byte_budget import Reservation
from worker.flow.journey import Journey
from worker.flow.rules import FlowRules
from worker.flow.waiting_line import Ticket
from worker.stream.protocol import Delivery, OutcomeTooLarge, Settlement, Source
from worker.telemetry.event_spans import EventSpans
from worker.telemetry.event_witness import EventWitness
from worker.telemetry.metrics import Metrics
from worker.telemetry.tracing import Tracing


@dataclass(frozen=True, slots=True)
class Rooms:
    """The parts that an event passes through."""

    codec: EventCodec
    fetcher: Fetcher
    answers: SingleFlight
    answerer: Answerer


class Pipeline:
    """Carries every delivery of a source to an outcome: a verdict, or a dead letter."""

    def __init__(
        self,
        rooms: Rooms,
        *,
        policy: VerdictPolicy,
        flow: FlowRules,
        metrics: Metrics,
        clock: Clock,
        spans: EventSpans | None = None,
    ) -> None:
        self._rooms = rooms
        self._policy = policy
        self._flow = flow
        self._metrics = metrics
        self._clock = clock
        self._spans = spans or EventSpans(Tracing())

    async def run(self, source: Source, settlement: Settlement) -> None:
        """Consume until the source ends, and wait for what is in flight.

        One event that fails never stops another, except by a ``Systemic`` failure: it cancels
        all that is in flight, so that nothing of it is published or committed, and is raised.
        """
        try:
            async with asyncio.TaskGroup() as in_flight:
                async for delivery in source.deliveries():
                    in_flight.create_task(self._carry(delivery, settlement))
        except BaseExceptionGroup as group:
            raise _first_cause(group) from group

    async def _carry(self, delivery: Delivery, settlement: Settlement) -> None:
        """One delivery to its outcome, published and counted as done."""
        with self._spans.process(delivery.record, delivery.received) as trace:
            journey = Journey(delivery.record, self._clock, trace)
            outcome = await self._outcome(journey)
            self._flow.limit.count(outcome, journey.record)
            published = await self._publish(outcome, journey, delivery, settlement)
            self._metrics.outcome(published, journey)
            trace.ended(published)

    async def _publish(
        self, outcome: Outcome, journey: Journey, delivery: Delivery, settlement: Settlement
    ) -> Outcome:
        """Settle with the outcome, or with as much of it as its topic takes: with what it was."""
        for form in self._forms(outcome, journey):
            try:
                await settlement.settle(delivery, self._rooms.codec.message(form, journey.record))
            except OutcomeTooLarge:
                continue
            return form
        raise Systemic(Reason.STREAM_FAILED, "a topic takes not even the smallest dead letter")

    def _forms(self, outcome: Outcome, journey: Journey) -> Iterator[Outcome]:
        """The outcome, then ever smaller ones: each is for when the one before is too large."""
        yield outcome
        if isinstance(outcome, VerdictEvent):
            yield from steps(outcome)
        yield journey.dead_letter(TOO_LARGE, payload_dropped=True)

    async def judge(self, record: Record) -> VerdictEvent | DeadLetter:
        """What becomes of a record that has no later try. Raises ``Systemic`` only."""
        journey = Journey(record, self._clock)
        outcome = await self._outcome(journey, last=True)
        assert isinstance(outcome, VerdictEvent | DeadLetter)
        self._metrics.outcome(outcome, journey)
        return outcome

    async def _outcome(self, journey: Journey, *, last: bool = False) -> Outcome:
        """What is to be published, whatever happens. Raises ``Systemic`` only."""
        try:
            return await self._verdict_of(journey)
        except Systemic:
            raise
        except _GivesWay:
            assert journey.upload is not None
            return Diversion(journey.record, journey.upload.tenant)
        except Transient as failure:
            tier = None if last else self._flow.retry_plan.next_tier(journey.tier, failure)
            if tier is None:
                return journey.dead_letter(failure)
            return journey.postponed(failure, tier, self._flow.retry_plan.delays_s[tier])
        except Failure as failure:
            return journey.dead_letter(failure)
        except Exception as error:  # noqa: BLE001 - a bug of ours, met by this one event:
            # its record is kept, whole, and the next ones go on.
            self._metrics.unexpected(error, journey.record)
            return journey.dead_letter(
                Poison(Reason.INTERNAL, f"unexpected {type(error).__name__}; see the worker's log")
            )

    async def _verdict_of(self, journey: Journey) -> VerdictEvent:
        with journey.stage("validate"):
            upload = self._rooms.codec.read_upload(journey.record)
            journey.upload = upload
            journey.trace.read(upload)
        lane = journey.record.lane
        if (
            self._flow.may_divert
            and lane is Lane.LIVE
            and self._flow.admission.crowded(upload.tenant)
        ):
            raise _GivesWay
        ticket = Ticket(lane, upload.priority, upload.tenant)
        with journey.stage("wait"):
            await self._flow.admission.enter(ticket)
        try:
            return await self._judge(journey, upload)
        finally:
            self._flow.admission.leave(ticket)

    async def _judge(self, journey: Journey, upload: UploadEvent) -> VerdictEvent:
        """Raises ``Transient`` (``event_timeout``) where it takes longer than an event may."""
        limit_s = self._flow.event_timeout_s
        try:
            async with asyncio.timeout(limit_s) as deadline:
                with await self._flow.memory.hold(self._expected_bytes(upload)) as reservation:
                    with journey.stage("fetch"):
                        content = await self._fetch(journey, upload, reservation)
                    with content:
                        with journey.stage("answer"):
                            known = await self._answer(journey, upload, content)
                        return await self._verdict(journey, upload, content, known)
        except TimeoutError as error:
            if not deadline.expired():
                raise
            raise Transient(
                Reason.EVENT_TIMEOUT, f"no verdict within {limit_s:g} s (flow.event_timeout_s)"
            ) from error

    def _expected_bytes(self, upload: UploadEvent) -> int:
        media = upload.media
        return len(media.inline) if media.inline else self._flow.memory.believed(media.size)

    async def _fetch(
        self, journey: Journey, upload: UploadEvent, reservation: Reservation
    ) -> Content:
        fetcher = self._rooms.fetcher
        return await self._flow.retry.run(
            lambda: fetcher.fetch(upload.media, reservation.resize, upload.tenant),
            EventWitness(journey, self._metrics).failed,
        )

    async def _answer(self, journey: Journey, upload: UploadEvent, content: Content) -> Known:
        """From the cache, from whoever is working on the same content, or from the model."""
        witness = EventWitness(journey, self._metrics)

        async def ask(suspicion: Suspicion) -> Answer:
            question = Question(content, upload.priority, witness, suspicion, tenant=upload.tenant)
            return await self._rooms.answerer.answer(question)

        return await self._rooms.answers.get(self._key(content), ask, budget=upload.tenant)

    def _key(self, content: Content) -> CacheKey:
        return CacheKey.of(content.sha256, self._rooms.answerer.identity)

    async def _verdict(
        self, journey: Journey, upload: UploadEvent, content: Content, known: Known
    ) -> VerdictEvent:
        answer, policy = known.answer, self._policy
        thresholds = policy.thresholds_for(upload)
        decision = await self._flow.breaker.check(
            decide(answer, thresholds, known.override, policy.calibrations), journey.record.lane
        )
        now = self._clock.now()
        age = max(0.0, (now - answer.answered_at).total_seconds()) if known.cached else None
        return VerdictEvent(
            verdict_id=verdict_id(upload.event_id, content.sha256, self._key(content).fingerprint),
            event_id=upload.event_id,
            content_id=upload.content_id,
            content_hash=f"sha256:{content.sha256}",
            tenant=upload.tenant,
            surface=upload.surface,
            label=decision.label,
            score=decision.score,
            score_raw=decision.raw.value,
            calibration_id=decision.calibration_id,
            score_kind=decision.raw.kind,
            score_mass=decision.raw.mass,
            thresholds=thresholds,
            action_hint=decision.action,
            action_notes=list(decision.notes),
            explanation=answer.explanation,
            explanation_mode=answer.explanation_mode,
            uncertain_because=decision.uncertain_because,
            findings=read_findings(answer.explanation, begins_at_s=answer.explained_from_s),
            timeline=timeline_of(answer, thresholds, policy.calibrations),
            provenance=answer.provenance,
            text=text_note(answer, decision),
            two_passes=answer.two_passes,
            model=answer.model,
            cache=CacheUse(cached=known.cached, age_s=age),
            media=answer.media.declared_as(content.mime_hint),
            timings_ms=journey.timings_ms(),
            occurred_at=upload.occurred_at or journey.recorded_at,
            ingested_at=journey.ingested_at,
            verdict_at=now,
            mode=self._policy.mode,
            context=upload.context,
        )


TOO_LARGE = Poison(
    Reason.OUTCOME_TOO_LARGE,
    "the outcome is larger than its topic takes; key, value and headers of the record are left out"
    " here, and stand at its topic, partition and offset",
)


class _GivesWay(Exception):
    """The event's tenant crowds out others: it goes to the backfill topic."""


def _first_cause(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The failure that stopped the group, out of all that its cancellation brought along.

    The source's own comes last in the group, for it is raised in its body.
    """
    last = group.exceptions[-1]
    cause = last if isinstance(last, Systemic) else group.exceptions[0]
    return _first_cause(cause) if isinstance(cause, BaseExceptionGroup) else cause
