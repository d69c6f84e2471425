"""The cache on Redis, shared by all workers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import RedisError

from worker.cache import scripts
from worker.cache.config import CacheConfig
from worker.cache.keys import Keys, override_key
from worker.cache.protocol import Claim, Lease
from worker.cache.stored import pack, unpack_answer, unpack_override
from worker.cache.wakeups import WakeUps
from worker.domain.answer import Answer, Override
from worker.domain.cache_key import CacheKey
from worker.domain.failure import Reason, Transient

T = TypeVar("T")


class RedisCache:
    """Every change is one script, and so one step for all workers and one round trip."""

    def __init__(self, config: CacheConfig) -> None:
        self._config = config
        pool = BlockingConnectionPool.from_url(
            config.url.get_secret_value(),
            max_connections=config.max_connections,
            timeout=config.timeout_s,
            socket_timeout=config.timeout_s,
            socket_connect_timeout=config.timeout_s,
            health_check_interval=30,
        )
        self._redis = Redis(connection_pool=pool)
        self._wakeups = WakeUps(self._redis)
        self._claim = self._redis.register_script(scripts.CLAIM)
        self._renew = self._redis.register_script(scripts.RENEW)
        self._store = self._redis.register_script(scripts.STORE)
        self._release = self._redis.register_script(scripts.RELEASE)
        self._lease_ms = int(config.lease_s * 1000)
        self._ttl_ms = config.ttl_s * 1000

    async def ping(self) -> str:
        """The server's version. Raises ``Transient``."""
        info: dict[str, Any] = await _guarded(self._redis.info("server"))
        return str(info["redis_version"])

    async def claim(self, key: CacheKey) -> Claim:
        """See ``Cache``."""
        answer, override, token = await self._claimed(key, "read")
        if answer is not None and unpack_answer(answer) is None:
            # Not to be read by us: worked out anew, and written over.
            answer, override, token = await self._claimed(key, "skip")
        return Claim(
            answer=unpack_answer(answer),
            lease=Lease(key, token) if token is not None else None,
            override=unpack_override(override),
        )

    async def _claimed(
        self, key: CacheKey, answers: str
    ) -> tuple[bytes | None, bytes | None, int | None]:
        keys = Keys.of(self._config.prefix, key)
        found: list[Any] = await _guarded(
            self._claim(
                keys=[keys.answer, keys.lease, keys.token, keys.override],
                # The counter outlives every lease that it numbered.
                args=[self._lease_ms, answers, self._ttl_ms + self._lease_ms],
            )
        )
        answer, override, token = found
        return answer, override, token

    async def renew(self, lease: Lease) -> bool:
        """See ``Cache``."""
        keys = Keys.of(self._config.prefix, lease.key)
        renewed = await _guarded(self._renew(keys=[keys.lease], args=[lease.token, self._lease_ms]))
        return bool(renewed)

    async def store(self, lease: Lease, answer: Answer) -> bool:
        """See ``Cache``."""
        data = pack(answer)
        if len(data) > self._config.max_value_bytes:
            await self.release(lease)
            return False
        keys = Keys.of(self._config.prefix, lease.key)
        stored = await _guarded(
            self._store(
                keys=[keys.answer, keys.lease],
                args=[lease.token, data, self._ttl_ms, keys.woken],
            )
        )
        return bool(stored)

    async def release(self, lease: Lease) -> None:
        """See ``Cache``."""
        keys = Keys.of(self._config.prefix, lease.key)
        await _guarded(self._release(keys=[keys.lease], args=[lease.token, keys.woken]))

    async def wait(self, key: CacheKey) -> None:
        """See ``Cache``."""
        keys = Keys.of(self._config.prefix, key)
        try:
            async with self._wakeups.on(keys.woken) as woken:
                # Asked after subscribing, so that a lease given back in between is not waited for.
                left_ms = await _guarded(self._redis.pttl(keys.lease))
                if left_ms > 0:
                    await asyncio.wait_for(woken.wait(), left_ms / 1000)
        except TimeoutError:
            return
        except (RedisError, OSError) as error:
            raise _away(error) from error

    async def set_override(self, sha256: str, override: Override | None) -> None:
        """See ``Cache``."""
        name = override_key(self._config.prefix, sha256)
        if override is None:
            await _guarded(self._redis.delete(name))
        else:
            await _guarded(self._redis.set(name, pack(override)))

    async def close(self) -> None:
        """See ``Cache``."""
        await self._wakeups.close()
        await self._redis.aclose()
        await self._redis.connection_pool.disconnect()


async def _guarded(call: Awaitable[T]) -> T:
    try:
        return await call
    except (RedisError, OSError, TimeoutError) as error:
        raise _away(error) from error


def _away(error: BaseException) -> Transient:
    # Without the server's words: some carry the command, and so the value.
    return Transient(Reason.CACHE_UNAVAILABLE, f"Redis does not answer: {type(error).__name__}")
