"""A detector that dies over some media, and workers that come again until it does not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.twins.decoder import InProcessDecoder
from tests.twins.detector import FakeDetector
from worker.answering.answerer import Answerer, Question
from worker.answering.isolation import Isolation
from worker.cache.memory import MemoryCache
from worker.domain.answer import Answer
from worker.domain.cache_key import CacheKey
from worker.domain.clock import SystemClock
from worker.domain.failure import Failure, Poison, Reason, Systemic
from worker.domain.generation import AnswerForm, Generation
from worker.domain.media import Content, PreparedMedia
from worker.domain.procedure import Procedure
from worker.flow.retry import Retry
from worker.models.spec import load_spec


class Witness:
    """Looks away."""

    @contextmanager
    def stage(self, _: str) -> Iterator[None]:
        yield

    def failed(self, failure: Failure) -> None:
        pass

    def generated(self, generation: Generation) -> None:
        pass


class MortalDetector(FakeDetector):
    """Dies, with all that it is asked, over media of some widths."""

    def __init__(self, deadly: set[int]) -> None:
        super().__init__(load_spec("tiny"))
        self.deadly = deadly
        self.delay_s = 0.002
        self.asked_in_all = 0
        self.deaths = 0
        self._died = asyncio.Event()

    async def generate(
        self,
        media: PreparedMedia,
        *,
        form: AnswerForm = AnswerForm.THINK_FIRST,
        priority: int = 0,
    ) -> Generation:
        self.asked_in_all += 1
        if media.facts.width in self.deadly:
            await asyncio.sleep(self.delay_s)
            self.kill_once()
        answering = asyncio.create_task(super().generate(media, form=form, priority=priority))
        dying = asyncio.create_task(self._died.wait())
        try:
            await asyncio.wait({answering, dying}, return_when=asyncio.FIRST_COMPLETED)
            if self._died.is_set():
                raise Systemic(Reason.ENGINE_DEAD, "it died")
            return answering.result()
        finally:
            answering.cancel()
            dying.cancel()
            await asyncio.gather(answering, dying, return_exceptions=True)

    def kill_once(self) -> None:
        self.deaths += not self._died.is_set()
        self._died.set()

    def restart(self) -> None:
        self._died = asyncio.Event()


class Fleet:
    """Workers one after the other, each with an engine of its own and one memory for all."""

    def __init__(self, deadly: set[int], procedure: Procedure | None = None) -> None:
        self.detector = MortalDetector(deadly)
        self.cache = MemoryCache()
        self.procedure = procedure or Procedure()
        self.decoder = InProcessDecoder()

    async def work_off(self, contents: Sequence[Content]) -> list[Answer | Poison]:
        """Start again, as a supervisor does, until everything has an outcome."""
        outcomes: dict[str, Answer | Poison] = {}
        while len(outcomes) < len(contents):
            self.detector.restart()
            answerer = Answerer(
                self.decoder,
                self.detector,
                procedure=self.procedure,
                retry=Retry(),
                clock=SystemClock(),
                isolation=Isolation(self.cache),
            )
            await asyncio.gather(
                *(
                    self._one(answerer, content, outcomes)
                    for content in contents
                    if content.sha256 not in outcomes
                ),
                return_exceptions=True,
            )
        return [outcomes[content.sha256] for content in contents]

    async def _one(
        self, answerer: Answerer, content: Content, outcomes: dict[str, Answer | Poison]
    ) -> None:
        claim = await self.cache.claim(CacheKey.of(content.sha256, answerer.identity))
        assert claim.lease
        try:
            answer = await answerer.answer(Question(content, 0, Witness(), claim.suspicion))
        except Poison as poison:
            outcomes[content.sha256] = poison
            await self.cache.release(claim.lease)
        except BaseException:
            await self.cache.release(claim.lease)
            raise
        else:
            await self.cache.store(claim.lease, answer)
            outcomes[content.sha256] = answer
