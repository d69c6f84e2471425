"""A decoder and a model that answer at once: what is left is the way of an event."""

# ruff: noqa: ARG002 - the parameters are the Protocols'

from __future__ import annotations

import asyncio
import math

import numpy as np

from worker.detector.load import EngineLoad
from worker.domain.answer import ModelIdentity
from worker.domain.generation import AnswerForm, FinishReason, Generation, LabelLogprobs
from worker.domain.media import Content, MediaFacts, MediaKind, PreparedMedia
from worker.domain.recipe import DecodeRecipe
from worker.domain.windows import Window, Windows
from worker.models.spec import ModelSpec
from worker.process.shared_memory import share

SIDE = 28
SAID = (
    "<think>The shadows fall in different directions, and the hand has six fingers.</think>"
    "<conclusion>fake</conclusion>"
)


class InstantDecoder:
    """The same few pixels for every content."""

    def __init__(self) -> None:
        self._pixels = np.zeros((1, SIDE, SIDE, 3), dtype=np.uint8)

    async def decode(
        self,
        content: Content,
        recipe: DecodeRecipe,
        window: Window | None = None,
        *,
        tenant: str | None = None,
    ) -> PreparedMedia:
        """See ``Decoder``."""
        facts = MediaFacts(kind=MediaKind.IMAGE, mime="image/png", width=SIDE, height=SIDE, bytes=0)
        fd = share(self._pixels, "pixels")
        return PreparedMedia(fd=fd, facts=facts, frames=1, height=SIDE, width=SIDE)

    async def plan(
        self,
        content: Content,
        recipe: DecodeRecipe,
        windows: Windows,
        *,
        tenant: str | None = None,
    ) -> tuple[Window, ...]:
        """See ``Decoder``."""
        return ()

    async def close(self) -> None:
        """Nothing to close."""


class InstantDetector:
    """The same answer about every media; what a spec's golden media must be told they are told."""

    def __init__(self, spec: ModelSpec, delay_s: float = 0.0) -> None:
        self._spec = spec
        self._delay_s = delay_s

    @property
    def identity(self) -> ModelIdentity:
        """See ``Detector``."""
        return ModelIdentity(
            id=self._spec.id,
            revision="instant",
            prompt_version="1",
            preprocessing_version="1",
            sampling_version="1",
            engine="instant",
        )

    @property
    def recipe(self) -> DecodeRecipe:
        """See ``Detector``."""
        return self._spec.recipe

    @property
    def load(self) -> EngineLoad:
        """See ``Detector``."""
        return EngineLoad()

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
        if self._delay_s:
            await asyncio.sleep(self._delay_s)
        return Generation(
            text=SAID,
            form=form,
            finish_reason=FinishReason.STOP,
            label_logprobs=LabelLogprobs(
                authentic={"real": math.log(0.1)}, ai_generated={"fake": math.log(0.9)}
            ),
            prompt_tokens=100,
            completion_tokens=20,
        )

    async def wait_dead(self) -> None:
        """See ``Detector``."""
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Nothing to unload."""
