"""A detector without a model: it looks at the mean colour, and says what the tiny one would."""

from __future__ import annotations

import asyncio
import math

import numpy as np

from worker.detector.load import EngineLoad
from worker.domain.answer import ModelIdentity
from worker.domain.failure import Failure, Reason, Systemic
from worker.domain.generation import AnswerForm, FinishReason, Generation, LabelLogprobs
from worker.domain.media import PreparedMedia
from worker.domain.recipe import DecodeRecipe
from worker.models.spec import ModelSpec, version_of
from worker.process.shared_memory import map_pixels

STEEPNESS = 0.2
"""Logits for each level of difference between red and blue."""


class FakeDetector:
    """Red is real, blue is fake, in no time. The unit tests' detector."""

    def __init__(self, spec: ModelSpec) -> None:
        self._spec = spec
        self._dead = asyncio.Event()
        self.delay_s = 0.0
        self.asked = 0
        self.asked_in: list[AnswerForm] = []
        self.fail_next: list[Failure] = []
        """Raised in turn by the next calls."""

    @property
    def identity(self) -> ModelIdentity:
        """See ``Detector``."""
        return ModelIdentity(
            id=self._spec.id,
            revision="fake",
            prompt_version=version_of(self._spec.prompt),
            preprocessing_version="1",
            sampling_version=version_of(self._spec.sampling, self._spec.labels),
            engine="fake",
        )

    @property
    def recipe(self) -> DecodeRecipe:
        """See ``Detector``."""
        return self._spec.recipe

    async def start(self) -> None:
        """Nothing to load."""

    async def generate(
        self,
        media: PreparedMedia,
        *,
        form: AnswerForm = AnswerForm.THINK_FIRST,
        priority: int = 0,
    ) -> Generation:
        """See ``Detector``."""
        self.asked += 1
        self.asked_in.append(form)
        await asyncio.sleep(self.delay_s)
        if self.fail_next:
            raise self.fail_next.pop(0)
        if self._dead.is_set():
            raise Systemic(Reason.ENGINE_DEAD, "the fake detector was killed")
        pixels = map_pixels(media.fd, media.shape)
        # A clip is as blue as its bluest frame.
        red_less_blue = min(float(red - blue) for red, _, blue in np.mean(pixels, axis=(1, 2)))
        fake = 1 / (1 + math.exp(STEEPNESS * red_less_blue))
        colour, word = ("blue", "fake") if fake > 0.5 else ("red", "real")
        closing = f"<conclusion>{word}"
        reasoning = f"This {media.facts.kind.value} is mostly {colour}."
        if form is AnswerForm.THINK_FIRST:
            closing = f"<think>{reasoning}</think>{closing}</conclusion>"
        return Generation(
            text=closing,
            form=form,
            finish_reason=FinishReason.STOP,
            label_logprobs=LabelLogprobs(
                authentic={"real": math.log(max(1 - fake, 1e-9))},
                ai_generated={"fake": math.log(max(fake, 1e-9))},
            ),
            prompt_tokens=1,
            completion_tokens=1,
        )

    @property
    def load(self) -> EngineLoad:
        """See ``Detector``."""
        return EngineLoad()

    def kill(self) -> None:
        """Die, as an engine may."""
        self._dead.set()

    async def wait_dead(self) -> None:
        """See ``Detector``."""
        await self._dead.wait()

    async def close(self) -> None:
        """Nothing to unload."""
