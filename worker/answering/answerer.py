"""Asking the model about one content: decode, cut if it is long, ask, read, put together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, TypeVar

from worker.answering.cascade import combine, second_look
from worker.answering.isolation import Isolation
from worker.answering.text_check import with_check, without_text
from worker.answering.timeline import merge
from worker.cache.suspicion import NO_SUSPICION, Standing, Suspicion
from worker.decode.protocol import Decoder
from worker.detector.protocol import Detector
from worker.domain.answer import Answer, ModelIdentity, Score, ScoreKind, Stretch
from worker.domain.cache_key import CacheKey
from worker.domain.clock import Clock
from worker.domain.failure import Failure, Poison, Reason
from worker.domain.generation import AnswerForm, Generation
from worker.domain.media import Content, MediaFacts, MediaKind, PreparedMedia, Span
from worker.domain.procedure import Procedure
from worker.domain.typography_rule import worth_asking_again
from worker.domain.windows import Window
from worker.flow.retry import Retry
from worker.parsing.answer import read_answer

T = TypeVar("T")

WINDOWS_AT_ONCE = 8
"""Of one video: enough to keep a batch growing, while each holds the pixels of its frames."""

UNDECODABLE = "this part of the video cannot be decoded"


class Witness(Protocol):
    """Who is told of what happens on the way, to measure and to count it."""

    def stage(self, name: str) -> AbstractContextManager[None]:
        """Time a stage."""
        ...

    def failed(self, failure: Failure) -> None:
        """A try failed."""
        ...

    def generated(self, generation: Generation) -> None:
        """The model answered."""
        ...


@dataclass(frozen=True, slots=True)
class Question:
    """One content to be asked about."""

    content: Content
    priority: int
    witness: Witness
    suspicion: Suspicion = NO_SUSPICION
    tenant: str | None = None
    """Whose budget it is decoded within; the general one where absent."""


class Answerer:
    """Comes to answers by one procedure. Every part of it is tried again by itself.

    All questions to the engine go through ``isolation``; by default one that accuses nobody.
    """

    def __init__(
        self,
        decoder: Decoder,
        detector: Detector,
        *,
        procedure: Procedure,
        retry: Retry,
        clock: Clock,
        isolation: Isolation | None = None,
    ) -> None:
        self._decoder = decoder
        self._detector = detector
        self._procedure = procedure
        self._version = procedure.version
        self._retry = retry
        self._clock = clock
        self._isolation = isolation or Isolation()

    @property
    def identity(self) -> ModelIdentity:
        """The model, and the procedure by which it is asked."""
        return _by_procedure(self._detector.identity, self._version)

    async def answer(self, question: Question) -> Answer:
        """The model's answer. Raises ``Poison``, ``Transient`` or ``Systemic``.

        A content that is convicted of killing the engine is poison, before anything is decoded.
        """
        if question.suspicion.standing is Standing.CONVICTED:
            raise _killer(question)
        with await self._decode(question) as media:
            windows = await self._plan(question) if self._is_long(media.facts) else ()
            provenance, facts = media.provenance, media.facts
            if len(windows) <= 1:
                answer = await self._ask(question, media)
        if len(windows) > 1:  # the pixels of the whole are given back by now
            answer = await self._ask_about_windows(question, windows, facts)
        if provenance is None:
            return answer
        return answer.model_copy(update={"provenance": provenance})

    def _is_long(self, facts: MediaFacts) -> bool:
        windows = self._procedure.windows
        return (
            facts.kind is MediaKind.VIDEO
            and windows.max_count > 1
            and (facts.duration_s or 0.0) > windows.longer_than_s
        )

    async def _ask_about_windows(
        self, question: Question, windows: tuple[Window, ...], whole: MediaFacts
    ) -> Answer:
        room = asyncio.Semaphore(WINDOWS_AT_ONCE)

        async def ask(window: Window) -> Answer | Poison:
            async with room:
                try:
                    with await self._decode(question, window) as media:
                        return await self._ask(question, media)
                except Poison as poison:
                    return poison  # a damaged stretch does not make the rest unseen

        try:
            async with asyncio.TaskGroup() as group:  # one that fails ends the others, too
                asking = [group.create_task(ask(window)) for window in windows]
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from failed
        answers = [task.result() for task in asking]
        answered: list[tuple[Span, Answer]] = []
        unseen: list[Stretch] = []
        for window, answer in zip(windows, answers, strict=True):
            if isinstance(answer, Answer):
                answered.append((Span(window.start_s, window.end_s), answer))
            else:
                unseen.append(_unseen(window))
        if not answered:
            raise next(answer for answer in answers if isinstance(answer, Poison))
        return merge(answered, whole, unseen)

    async def _ask(self, question: Question, media: PreparedMedia) -> Answer:
        answer = await self._ask_in_passes(question, media)
        if media.text is None or not media.text.regions:
            return answer
        if not worth_asking_again(media.text):
            return with_check(answer, media.text, None)
        with await asyncio.to_thread(without_text, media, media.text) as masked:
            again = await self._ask_once(question, masked, _form_of(answer))
        return with_check(answer, media.text, again)

    async def _ask_in_passes(self, question: Question, media: PreparedMedia) -> Answer:
        cascade = self._procedure.cascade
        if not cascade.enabled:
            return await self._ask_once(question, media, AnswerForm.THINK_FIRST)
        first = await self._ask_once(question, media, AnswerForm.VERDICT_FIRST)
        trigger = second_look(first, question.content.sha256, cascade)
        if trigger is None:
            return first
        second = await self._ask_once(question, media, AnswerForm.THINK_FIRST)
        return combine(first, second, trigger)

    async def _ask_once(self, question: Question, media: PreparedMedia, form: AnswerForm) -> Answer:
        key = CacheKey.of(question.content.sha256, self.identity)

        async def once() -> Generation:
            async with self._isolation.asking(key, question.suspicion):
                return await self._detector.generate(media, form=form, priority=question.priority)

        with question.witness.stage("engine"):
            generation = await self._retry.run(once, question.witness.failed)
        question.witness.generated(generation)
        return read_answer(generation, self.identity, media.facts, self._clock.now())

    async def _decode(self, question: Question, window: Window | None = None) -> PreparedMedia:
        recipe = self._detector.recipe
        return await self._decoding(
            question,
            lambda: self._decoder.decode(question.content, recipe, window, tenant=question.tenant),
        )

    async def _plan(self, question: Question) -> tuple[Window, ...]:
        recipe, windows = self._detector.recipe, self._procedure.windows
        return await self._decoding(
            question,
            lambda: self._decoder.plan(question.content, recipe, windows, tenant=question.tenant),
        )

    async def _decoding(self, question: Question, call: Callable[[], Awaitable[T]]) -> T:
        with question.witness.stage("decode"):
            return await self._retry.run(call, question.witness.failed)


@lru_cache(maxsize=32)
def _by_procedure(model: ModelIdentity, version: str) -> ModelIdentity:
    return model.model_copy(update={"procedure_version": version})


def _killer(question: Question) -> Poison:
    return Poison(
        Reason.ENGINE_KILLED,
        "the engine died when it was asked about nothing but this content,"
        f" sha256:{question.content.sha256} (`ivy-worker quarantine`)",
    )


def _form_of(answer: Answer) -> AnswerForm:
    """The form that its score came from: only scores of one form can be compared."""
    if answer.score.kind is ScoreKind.VERDICT_FIRST:
        return AnswerForm.VERDICT_FIRST
    return AnswerForm.THINK_FIRST


def _unseen(window: Window) -> Stretch:
    return Stretch(
        start_s=window.start_s,
        end_s=window.end_s,
        score=Score(value=None, kind=ScoreKind.NONE),
        problem=UNDECODABLE,
    )
