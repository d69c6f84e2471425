"""A model of a fixed service time that answers so many questions at once, and no more."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from scripts.bench.instant import InstantDetector
from worker.domain.generation import AnswerForm, Generation
from worker.domain.media import PreparedMedia
from worker.models.spec import ModelSpec


@dataclass(frozen=True, slots=True)
class Engine:
    """What is simulated."""

    service_s: float
    at_once: int

    @property
    def rate(self) -> float:
        """Answers a second when full."""
        return self.at_once / self.service_s


class SimulatedDetector(InstantDetector):
    """Only its time is a model's.

    Its first answers are put off by a part of the service time each: else all that are asked
    together would end together for ever, and a short look would see one wave more or less.
    """

    def __init__(self, spec: ModelSpec, engine: Engine) -> None:
        super().__init__(spec, engine.service_s)
        self._room: asyncio.Queue[float] = asyncio.Queue()
        for number in range(engine.at_once):
            self._room.put_nowait(number * engine.service_s / engine.at_once)

    async def generate(
        self,
        media: PreparedMedia,
        *,
        form: AnswerForm = AnswerForm.THINK_FIRST,
        priority: int = 0,
    ) -> Generation:
        """See ``Detector``."""
        late_s = await self._room.get()
        try:
            if late_s:
                await asyncio.sleep(late_s)
            return await super().generate(media, form=form, priority=priority)
        finally:
            self._room.put_nowait(0.0)
