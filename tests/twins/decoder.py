"""Decoding in this very process: quick to start, and for media of our own making only."""

from __future__ import annotations

import asyncio

from worker.decode import image
from worker.decode.decode import decode
from worker.decode.protocol import DecodeLimits
from worker.domain.media import Content, PreparedMedia
from worker.domain.recipe import DecodeRecipe
from worker.process.shared_memory import share


class InProcessDecoder:
    """The same pixels as from the pool, without its protections. The unit tests' decoder."""

    def __init__(self, limits: DecodeLimits | None = None) -> None:
        self._limits = limits or DecodeLimits()
        image.prepare()

    async def decode(self, content: Content, recipe: DecodeRecipe) -> PreparedMedia:
        """See ``Decoder``."""
        pixels = await asyncio.to_thread(decode, content.data, recipe, self._limits)
        frames, height, width, _ = pixels.frames.shape
        return PreparedMedia(
            fd=share(pixels.frames, "pixels"),
            facts=pixels.facts,
            frames=frames,
            height=height,
            width=width,
            sampling=pixels.sampling,
        )

    async def close(self) -> None:
        """Nothing to close."""
