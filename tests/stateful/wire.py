"""A cache at some distance."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from worker.cache.memory import MemoryCache
from worker.cache.protocol import Claim, Lease
from worker.domain.answer import Answer, Override
from worker.domain.cache_key import CacheKey


class Wire:
    """One worker's way to the cache: each call takes effect half-way through its time."""

    def __init__(self, cache: MemoryCache) -> None:
        self._cache = cache
        self.seconds = 0.0
        self.lost: dict[CacheKey, bool] = {}
        """Whether the last lease that came this way ran out since, by key."""

    async def _half(self) -> None:
        await asyncio.sleep(self.seconds / 2)

    async def claim(self, key: CacheKey) -> Claim:
        await self._half()
        claim = await self._cache.claim(key)
        if claim.lease is not None:
            self.lost[key] = False
        await self._half()
        return claim

    async def renew(self, lease: Lease) -> bool:
        await self._half()
        held = await self._cache.renew(lease)
        await self._half()
        return held

    async def store(self, lease: Lease, answer: Answer) -> bool:
        await self._half()
        stored = await self._cache.store(lease, answer)
        await self._half()
        return stored

    async def release(self, lease: Lease) -> None:
        await self._half()
        await self._cache.release(lease)
        await self._half()

    async def wait(self, key: CacheKey) -> None:
        await self._half()
        await self._cache.wait(key)
        await self._half()

    async def accuse(self, keys: Sequence[CacheKey], *, alone: bool) -> None:
        await self._cache.accuse(keys, alone=alone)

    async def set_override(self, sha256: str, override: Override | None) -> None:
        await self._cache.set_override(sha256, override)

    async def close(self) -> None:
        await self._cache.close()
