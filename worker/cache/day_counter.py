"""What happened in a day, counted by all workers together, in Redis."""

from __future__ import annotations

from datetime import date

from redis.exceptions import RedisError

from worker.cache.config import CacheConfig
from worker.cache.connection import away, open_redis
from worker.cache.keys import VERSION
from worker.domain.clock import Clock
from worker.domain.failure import Reason, Transient

KEPT_S = 2 * 24 * 3600
"""A day's count outlives its day in every time zone, and not the week."""

CONNECTIONS = 4
"""To Redis: a count is one round trip, and only verdicts that block wait for it."""


class RedisDayCounter:
    """One key a day. Its last word is the name of what is counted."""

    def __init__(self, config: CacheConfig, name: str, clock: Clock) -> None:
        self._retry_after_s = config.retry_after_s
        self._alone_until = 0.0
        self._clock = clock
        self._prefix = f"{config.prefix}:{VERSION}:day:{name}"
        self._redis = open_redis(config.model_copy(update={"max_connections": CONNECTIONS}))

    async def add(self, day: date, n: int) -> int:
        """Add to the day's count; the sum of all. Raises ``Transient``.

        After a failure Redis is left alone for a while: each verdict that blocks waits for this.
        """
        if self._clock.monotonic() < self._alone_until:
            raise Transient(
                Reason.CACHE_UNAVAILABLE, "the day's count: Redis was away a moment ago"
            )
        key = f"{self._prefix}:{day.isoformat()}"
        try:
            async with self._redis.pipeline(transaction=True) as both:
                both.incrby(key, n)
                both.expire(key, KEPT_S)
                total, _ = await both.execute()
        except (RedisError, OSError, TimeoutError) as error:
            self._alone_until = self._clock.monotonic() + self._retry_after_s
            raise Transient(
                Reason.CACHE_UNAVAILABLE, f"the day's count: {away(error).detail}"
            ) from error
        return int(total)

    async def close(self) -> None:
        """Disconnect."""
        await self._redis.aclose()
        await self._redis.connection_pool.disconnect()
