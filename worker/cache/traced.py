"""A cache whose calls on the way of an event have spans."""

from __future__ import annotations

from collections.abc import Sequence

from worker.cache.protocol import Cache, Claim, Lease
from worker.domain.answer import Answer, Override
from worker.domain.cache_key import CacheKey
from worker.telemetry.tracing import Tracing

FOUND = "ivy.cache.found"
"""Of a claim: ``answer``, ``lease`` (ours to ask), or ``taken`` (another worker asks)."""


class TracedCache:
    """Around a cache. A content's key is in no span: it is the same wherever the content is."""

    def __init__(self, cache: Cache, tracing: Tracing) -> None:
        self._cache = cache
        self._tracing = tracing

    async def claim(self, key: CacheKey) -> Claim:
        """See ``Cache``."""
        with self._tracing.span("cache claim") as span:
            claim = await self._cache.claim(key)
            found = "answer" if claim.answer else "lease" if claim.lease else "taken"
            span.set_attribute(FOUND, found)
            return claim

    async def renew(self, lease: Lease) -> bool:
        """See ``Cache``. Without a span: it is a timer's, not a step's."""
        return await self._cache.renew(lease)

    async def store(self, lease: Lease, answer: Answer) -> bool:
        """See ``Cache``."""
        with self._tracing.span("cache store"):
            return await self._cache.store(lease, answer)

    async def release(self, lease: Lease) -> None:
        """See ``Cache``."""
        with self._tracing.span("cache release"):
            await self._cache.release(lease)

    async def wait(self, key: CacheKey) -> None:
        """See ``Cache``."""
        with self._tracing.span("cache wait"):
            await self._cache.wait(key)

    async def accuse(self, keys: Sequence[CacheKey], *, alone: bool) -> None:
        """See ``Cache``."""
        await self._cache.accuse(keys, alone=alone)

    async def set_override(self, sha256: str, override: Override | None) -> None:
        """See ``Cache``."""
        await self._cache.set_override(sha256, override)

    async def close(self) -> None:
        """See ``Cache``."""
        await self._cache.close()
