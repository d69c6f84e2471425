"""Decoding in this very process: quick to start, and for media of our own making only."""

from __future__ import annotations

import asyncio

from worker.decode import image
from worker.decode.decode import decode, plan_windows
from worker.decode.protocol import MediaLimits
from worker.domain.media import Content, PreparedMedia, Span
from worker.domain.recipe import DecodeRecipe
from worker.domain.windows import Window, Windows
from worker.process.shared_memory import share


class InProcessDecoder:
    """The same pixels as from the pool, without its protections. The unit tests' decoder."""

    def __init__(self, limits: MediaLimits | None = None) -> None:
        self._limits = limits or MediaLimits()
        image.prepare()

    async def decode(
        self,
        content: Content,
        recipe: DecodeRecipe,
        window: Window | None = None,
        *,
        tenant: str | None = None,
    ) -> PreparedMedia:
        """See ``Decoder``."""
        pixels = await asyncio.to_thread(decode, content.data, recipe, self._limits, window)
        frames, height, width, _ = pixels.frames.shape
        return PreparedMedia(
            fd=share(pixels.frames, "pixels"),
            facts=pixels.facts,
            frames=frames,
            height=height,
            width=width,
            sampling=pixels.sampling,
            span=Span(window.start_s, window.end_s) if window is not None else None,
        )

    async def plan(
        self,
        content: Content,
        recipe: DecodeRecipe,
        windows: Windows,
        *,
        tenant: str | None = None,
    ) -> tuple[Window, ...]:
        """See ``Decoder``."""
        planned = await asyncio.to_thread(plan_windows, content.data, recipe, windows, self._limits)
        return tuple(planned)

    async def close(self) -> None:
        """Nothing to close."""
