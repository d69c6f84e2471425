"""A cache that may be away: verdicts go on, uncached."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import structlog

from worker.cache.protocol import Cache, Claim, Lease
from worker.domain.answer import Answer, Override
from worker.domain.cache_key import CacheKey
from worker.domain.clock import Clock
from worker.domain.failure import Transient

log = structlog.get_logger(__name__)

T = TypeVar("T")

NO_LEASE = 0
"""Token of a lease that no cache gave: its holder works alone, and nothing is stored."""


class FailOpen:
    """Lets every call succeed: what fails counts as a miss, and as nothing stored.

    After a failure the cache is left alone for a while (a circuit breaker): while Redis is away,
    a timeout in front of every verdict would halve the throughput.
    """

    def __init__(
        self,
        cache: Cache,
        *,
        on_failure: Callable[[], None],
        clock: Clock,
        retry_after_s: float = 5.0,
    ) -> None:
        self._cache = cache
        self._on_failure = on_failure
        self._clock = clock
        self._retry_after_s = retry_after_s
        self._alone_until = 0.0
        self._up = True

    @property
    def up(self) -> bool:
        """Whether the last call that was made succeeded."""
        return self._up

    async def _try(self, call: Callable[[], Awaitable[T]], otherwise: T) -> T:
        if self._clock.monotonic() < self._alone_until:
            return otherwise
        try:
            result = await call()
        except Transient as failure:
            self._failed(failure)
            return otherwise
        if not self._up:
            log.info("cache_back")
        self._up = True
        return result

    def _failed(self, failure: Transient) -> None:
        self._on_failure()
        self._alone_until = self._clock.monotonic() + self._retry_after_s
        if self._up:
            log.warning("cache_away", detail=failure.detail, note="verdicts go on, uncached")
        self._up = False

    async def claim(self, key: CacheKey) -> Claim:
        """See ``Cache``."""
        return await self._try(
            lambda: self._cache.claim(key), Claim(lease=Lease(key, NO_LEASE), unknown=True)
        )

    async def renew(self, lease: Lease) -> bool:
        """See ``Cache``."""
        if lease.token == NO_LEASE:
            return False
        return await self._try(lambda: self._cache.renew(lease), otherwise=True)

    async def store(self, lease: Lease, answer: Answer) -> bool:
        """See ``Cache``."""
        if lease.token == NO_LEASE:
            return False
        return await self._try(lambda: self._cache.store(lease, answer), otherwise=False)

    async def release(self, lease: Lease) -> None:
        """See ``Cache``."""
        if lease.token != NO_LEASE:
            await self._try(lambda: self._cache.release(lease), None)

    async def wait(self, key: CacheKey) -> None:
        """See ``Cache``."""
        await self._try(lambda: self._cache.wait(key), None)

    async def accuse(self, keys: Sequence[CacheKey], *, alone: bool) -> None:
        """See ``Cache``. Asked also while the cache is left alone: it is the last word of a worker.

        What cannot be kept is logged as an error: the same content may kill the engine again.
        """
        forgotten: Transient | None = None
        try:
            await self._cache.accuse(keys, alone=alone)
        except Transient as failure:
            self._failed(failure)
            forgotten = failure
        if forgotten is not None:
            log.error(
                "suspects_forgotten",
                contents=len(keys),
                alone=alone,
                detail=forgotten.detail,
                note="the same content may kill the engine again, and again nobody knows which",
            )

    async def set_override(self, sha256: str, override: Override | None) -> None:
        """Raises ``Transient``: a person's decision must not be lost without a word."""
        await self._cache.set_override(sha256, override)

    async def close(self) -> None:
        """See ``Cache``."""
        await self._cache.close()
