"""Thumbnails taken in passing, from the pixels that the model gets anyway."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from worker.decode.protocol import Decoder
from worker.domain.media import Content, PreparedMedia
from worker.domain.recipe import DecodeRecipe
from worker.domain.windows import Window, Windows


class ThumbnailingDecoder:
    """A decoder that keeps a small JPEG of all that passes through it, by content hash."""

    def __init__(self, decoder: Decoder, draw: Callable[[PreparedMedia], bytes]) -> None:
        self._decoder = decoder
        self._draw = draw
        self.thumbnails: dict[str, bytes] = {}

    async def decode(
        self,
        content: Content,
        recipe: DecodeRecipe,
        window: Window | None = None,
        *,
        tenant: str | None = None,
    ) -> PreparedMedia:
        """As the decoder behind it."""
        media = await self._decoder.decode(content, recipe, window, tenant=tenant)
        if content.sha256 in self.thumbnails:
            return media
        try:
            self.thumbnails[content.sha256] = await asyncio.to_thread(self._draw, media)
        except BaseException:
            media.close()
            raise
        return media

    async def plan(
        self,
        content: Content,
        recipe: DecodeRecipe,
        windows: Windows,
        *,
        tenant: str | None = None,
    ) -> tuple[Window, ...]:
        """As the decoder behind it."""
        return await self._decoder.plan(content, recipe, windows, tenant=tenant)

    async def close(self) -> None:
        """Nothing of its own to close: the decoder behind it has an owner."""
