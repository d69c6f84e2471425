"""A cache in this process: the twin of Redis for unit tests, and all that a scan needs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from worker.cache.protocol import Claim, Lease
from worker.cache.stored import pack, unpack_answer
from worker.cache.suspicion import NO_SUSPICION, Suspicion
from worker.domain.answer import Answer, Override
from worker.domain.cache_key import CacheKey
from worker.domain.clock import Clock, SystemClock


class MemoryCache:
    """Answers, leases, overrides and suspicions in dictionaries. Answers do not expire."""

    def __init__(
        self,
        *,
        lease_s: float = 120.0,
        max_value_bytes: int = 64 * 1024,
        suspicion_ttl_s: float = 7 * 24 * 3600,
        clock: Clock | None = None,
    ) -> None:
        self._lease_s = lease_s
        self._max_value_bytes = max_value_bytes
        self._suspicion_ttl_s = suspicion_ttl_s
        self._clock = clock or SystemClock()
        self._answers: dict[CacheKey, bytes] = {}
        self._leases: dict[CacheKey, tuple[int, float]] = {}
        self._tokens: dict[CacheKey, int] = {}
        self._overrides: dict[str, Override] = {}
        self._suspicions: dict[CacheKey, tuple[Suspicion, float]] = {}
        self._given_back: dict[CacheKey, asyncio.Event] = {}

    async def claim(self, key: CacheKey) -> Claim:
        """See ``Cache``."""
        override, suspicion = self._overrides.get(key.sha256), self._suspicion(key)
        answer = unpack_answer(self._answers.get(key))
        if answer is not None:
            return Claim(answer=answer, override=override, suspicion=suspicion)
        if self._holder(key) is not None:
            return Claim(override=override, suspicion=suspicion)
        token = self._tokens[key] = self._tokens.get(key, 0) + 1
        self._leases[key] = (token, self._clock.monotonic() + self._lease_s)
        return Claim(lease=Lease(key, token), override=override, suspicion=suspicion)

    def _suspicion(self, key: CacheKey) -> Suspicion:
        suspicion, until = self._suspicions.get(key, (NO_SUSPICION, 0.0))
        return suspicion if self._clock.monotonic() < until else NO_SUSPICION

    def _holder(self, key: CacheKey) -> int | None:
        token, until = self._leases.get(key, (0, 0.0))
        return token if token and self._clock.monotonic() < until else None

    async def renew(self, lease: Lease) -> bool:
        """See ``Cache``."""
        if self._holder(lease.key) != lease.token:
            return False
        self._leases[lease.key] = (lease.token, self._clock.monotonic() + self._lease_s)
        return True

    async def store(self, lease: Lease, answer: Answer) -> bool:
        """See ``Cache``."""
        if self._holder(lease.key) != lease.token:
            return False
        data = pack(answer)
        fits = len(data) <= self._max_value_bytes
        if fits:
            self._answers[lease.key] = data
            self._suspicions.pop(lease.key, None)
        await self.release(lease)
        return fits

    async def release(self, lease: Lease) -> None:
        """See ``Cache``."""
        if self._holder(lease.key) != lease.token:
            return
        del self._leases[lease.key]
        event = self._given_back.pop(lease.key, None)
        if event is not None:
            event.set()

    async def wait(self, key: CacheKey) -> None:
        """See ``Cache``."""
        if self._holder(key) is None:
            return
        event = self._given_back.setdefault(key, asyncio.Event())
        _, until = self._leases[key]
        try:
            await asyncio.wait_for(event.wait(), max(0.0, until - self._clock.monotonic()))
        except TimeoutError:
            return

    async def accuse(self, keys: Sequence[CacheKey], *, alone: bool) -> None:
        """See ``Cache``."""
        at_ms = int(self._clock.now().timestamp() * 1000)
        until = self._clock.monotonic() + self._suspicion_ttl_s
        for key in keys:
            after = self._suspicion(key).after_death(among=len(keys), alone=alone, at_ms=at_ms)
            self._suspicions[key] = (after, until)

    async def set_override(self, sha256: str, override: Override | None) -> None:
        """See ``Cache``."""
        if override is None:
            self._overrides.pop(sha256, None)
        else:
            self._overrides[sha256] = override

    def put_raw(self, key: CacheKey, data: bytes) -> None:
        """Put any bytes in an answer's place, as another program might."""
        self._answers[key] = data

    async def close(self) -> None:
        """Nothing to disconnect."""
