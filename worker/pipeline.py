"""The life of one event, top to bottom.

    consume      stream/kafka/source.py, consumer_thread.py
    validate     events/codec.py
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
    verdict      domain/policy.py
    publish      stream/kafka/sink.py
    commit       stream/kafka/consumer_thread.py, by the rule of stream/watermark.py

Each step is a folder of its own, a room; those that reach out of this process are known here by
their Protocols. What a failure does follows from its type: poison becomes a dead letter, transient
is tried again, systemic stops the worker.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from worker.answering.answerer import Answerer, Question
from worker.cache.single_flight import Known, SingleFlight
from worker.domain.cache_key import CacheKey
from worker.domain.calibration import Calibrations
from worker.domain.clock import Clock
from worker.domain.dead_letter import DeadLetter
from worker.domain.failure import Failure, Poison, Reason, Systemic
from worker.domain.generation import Generation
from worker.domain.media import Content
from worker.domain.policy import decide, text_note, timeline_of
from worker.domain.record import Message, Record
from worker.domain.upload import UploadEvent
from worker.domain.verdict import (
    CacheUse,
    Mode,
    ThresholdRule,
    Thresholds,
    VerdictEvent,
    verdict_id,
)
from worker.events.codec import EventCodec
from worker.fetch.protocol import Fetcher
from worker.findings.reader import read_findings
from worker.flow.byte_budget import ByteBudget, Reservation
from worker.flow.journey import Journey
from worker.flow.retry import Retry
from worker.stream.protocol import Delivery, OutcomeTooLarge, Sink, Source
from worker.telemetry.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Rooms:
    """The parts that an event passes through."""

    codec: EventCodec
    fetcher: Fetcher
    answers: SingleFlight
    answerer: Answerer
    sink: Sink


@dataclass(frozen=True, slots=True)
class VerdictPolicy:
    """How answers become verdicts here."""

    thresholds: Thresholds = field(default_factory=Thresholds)
    rules: tuple[ThresholdRule, ...] = ()
    calibrations: Calibrations = field(default_factory=Calibrations)
    mode: Mode = Mode.LIVE

    def thresholds_for(self, upload: UploadEvent) -> Thresholds:
        """Those of the first rule that fits, or else the common ones."""
        for rule in self.rules:
            if rule.fits(upload.tenant, upload.surface):
                return rule.thresholds
        return self.thresholds


class Pipeline:
    """Carries every delivery of a source to an outcome: a verdict, or a dead letter."""

    def __init__(
        self,
        rooms: Rooms,
        *,
        policy: VerdictPolicy,
        retry: Retry,
        memory: ByteBudget,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self._rooms = rooms
        self._policy = policy
        self._retry = retry
        self._memory = memory
        self._metrics = metrics
        self._clock = clock

    async def run(self, source: Source) -> None:
        """Consume until the source ends, and wait for what is in flight.

        One event that fails never stops another, except by a ``Systemic`` failure: it cancels
        all that is in flight, so that nothing of it is published or committed, and is raised.
        """
        try:
            async with asyncio.TaskGroup() as in_flight:
                async for delivery in source.deliveries():
                    in_flight.create_task(self._carry(delivery, source))
        except BaseExceptionGroup as group:
            raise _first_cause(group) from group

    async def _carry(self, delivery: Delivery, source: Source) -> None:
        await self.handle(delivery.record)
        source.done(delivery)  # lets the watermark move past it, and so commits

    async def handle(self, record: Record) -> VerdictEvent | DeadLetter:
        """One record to its outcome, published. Raises ``Systemic`` only."""
        journey = Journey(record, self._clock)
        outcome, message = await self._outcome(journey)
        try:
            await self._rooms.sink.publish(message)
        except OutcomeTooLarge:
            outcome = journey.dead_letter(TOO_LARGE, payload_dropped=True)
            await self._rooms.sink.publish(self._rooms.codec.message(outcome, record))
        self._metrics.outcome(outcome, journey)
        return outcome

    async def _outcome(self, journey: Journey) -> tuple[VerdictEvent | DeadLetter, Message]:
        """What is to be published, whatever happens. Raises ``Systemic`` only."""
        codec, record = self._rooms.codec, journey.record
        try:
            verdict = await self._judge(journey)
            return verdict, codec.message(verdict, record)
        except Systemic:
            raise
        except Failure as failure:
            letter = journey.dead_letter(failure)
        except Exception as error:  # noqa: BLE001 - a bug of ours, met by this one event:
            # its record is kept, whole, and the next ones go on.
            self._metrics.unexpected(error, record)
            letter = journey.dead_letter(
                Poison(Reason.INTERNAL, f"unexpected {type(error).__name__}; see the worker's log")
            )
        return letter, codec.message(letter, record)

    async def _judge(self, journey: Journey) -> VerdictEvent:
        with journey.stage("validate"):
            upload = self._rooms.codec.read_upload(journey.record)
            journey.upload = upload
        async with self._memory.reserve(self._expected_bytes(upload)) as reservation:
            with journey.stage("fetch"):
                content = await self._fetch(journey, upload, reservation)
            with journey.stage("answer"):
                known = await self._answer(journey, upload, content)
        return self._verdict(journey, upload, content, known)

    def _expected_bytes(self, upload: UploadEvent) -> int:
        if upload.media.inline is not None:
            return len(upload.media.inline)
        believed = self._memory.limit // BELIEVED_SHARE
        return min(upload.media.size or UNKNOWN_SIZE, believed)

    async def _fetch(
        self, journey: Journey, upload: UploadEvent, reservation: Reservation
    ) -> Content:
        fetcher = self._rooms.fetcher
        return await self._retry.run(
            lambda: fetcher.fetch(upload.media, reservation.resize),
            _Witness(journey, self._metrics).failed,
        )

    async def _answer(self, journey: Journey, upload: UploadEvent, content: Content) -> Known:
        """From the cache, from whoever is working on the same content, or from the model."""
        witness = _Witness(journey, self._metrics)
        question = Question(content, upload.priority, witness)
        return await self._rooms.answers.get(
            self._key(content), lambda: self._rooms.answerer.answer(question)
        )

    def _key(self, content: Content) -> CacheKey:
        return CacheKey.of(content.sha256, self._rooms.answerer.identity)

    def _verdict(
        self, journey: Journey, upload: UploadEvent, content: Content, known: Known
    ) -> VerdictEvent:
        answer, policy = known.answer, self._policy
        thresholds = policy.thresholds_for(upload)
        decision = decide(answer, thresholds, known.override, policy.calibrations)
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
            media=answer.media,
            timings_ms=journey.timings_ms(),
            occurred_at=upload.occurred_at or journey.recorded_at,
            ingested_at=journey.ingested_at,
            verdict_at=now,
            mode=self._policy.mode,
            context=upload.context,
        )


@dataclass(frozen=True, slots=True)
class _Witness:
    """What happens while an answer is come to goes into the journey and the metrics."""

    journey: Journey
    metrics: Metrics

    def stage(self, name: str) -> AbstractContextManager[None]:
        return self.journey.stage(name)

    def failed(self, failure: Failure) -> None:
        self.journey.failed(failure)
        self.metrics.retry(failure)

    def generated(self, generation: Generation) -> None:
        self.metrics.generation(generation)


UNKNOWN_SIZE = 4 * 1024 * 1024
"""Bytes set aside for an upload of unstated size until its length is known: a large photo."""

BELIEVED_SHARE = 4
"""A stated size is believed up to this part of the budget: it is an uploader's word, and a lie
would have everyone else wait until the budget is empty."""

TOO_LARGE = Poison(
    Reason.OUTCOME_TOO_LARGE,
    "the outcome is larger than its topic takes; key, value and headers of the record are left out"
    " here, and stand at its topic, partition and offset",
)


def _first_cause(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The failure that stopped the group, out of all that its cancellation brought along.

    The source's own comes last in the group, for it is raised in its body.
    """
    last = group.exceptions[-1]
    cause = last if isinstance(last, Systemic) else group.exceptions[0]
    return _first_cause(cause) if isinstance(cause, BaseExceptionGroup) else cause
