"""The cache on Redis, shared by all workers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any, NamedTuple, TypeVar

from redis.exceptions import RedisError

from worker.cache import scripts
from worker.cache.config import CacheConfig
from worker.cache.connection import answered, away, open_redis
from worker.cache.keys import Keys, override_key
from worker.cache.protocol import Claim, Lease
from worker.cache.script_batches import ScriptBatches
from worker.cache.stored import pack, unpack_answer, unpack_override, unpack_suspicion
from worker.cache.wakeups import WakeUps
from worker.domain.answer import Answer, Override
from worker.domain.cache_key import CacheKey
from worker.domain.clock import Clock, SystemClock

T = TypeVar("T")


class _Found(NamedTuple):
    """What the script ``CLAIM`` returns."""

    answer: bytes | None
    override: bytes | None
    suspicion: bytes | None
    token: int | None


class RedisCache:
    """Every change is one script, and so one step for all workers and a part of one round trip."""

    def __init__(self, config: CacheConfig, *, clock: Clock | None = None) -> None:
        self._config = config
        self._clock = clock or SystemClock()
        self._redis = open_redis(config)
        self._wakeups = WakeUps(self._redis)
        self._scripts = ScriptBatches(self._redis)
        self._claim = self._redis.register_script(scripts.CLAIM)
        self._renew = self._redis.register_script(scripts.RENEW)
        self._store = self._redis.register_script(scripts.STORE)
        self._release = self._redis.register_script(scripts.RELEASE)
        self._accuse = self._redis.register_script(scripts.ACCUSE)
        self._lease_ms = int(config.lease_s * 1000)
        self._ttl_ms = config.ttl_s * 1000
        self._suspicion_ttl_ms = config.suspicion_ttl_s * 1000

    async def ping(self) -> str:
        """The server's version. Raises ``Transient``."""
        info: dict[str, Any] = await _guarded(self._redis.info("server"))
        return str(info["redis_version"])

    async def claim(self, key: CacheKey) -> Claim:
        """See ``Cache``."""
        found = await self._claimed(key, "read")
        if found.answer is not None and unpack_answer(found.answer) is None:
            # Not to be read by us: worked out anew, and written over.
            found = await self._claimed(key, "skip")
        return Claim(
            answer=unpack_answer(found.answer),
            lease=Lease(key, found.token) if found.token is not None else None,
            override=unpack_override(found.override),
            suspicion=unpack_suspicion(found.suspicion),
        )

    async def _claimed(self, key: CacheKey, answers: str) -> _Found:
        keys = Keys.of(self._config.prefix, key)
        found: list[Any] = await _guarded(
            self._scripts.call(
                self._claim,
                [keys.answer, keys.lease, keys.token, keys.override, keys.suspicion],
                # The counter outlives every lease that it numbered.
                [self._lease_ms, answers, self._ttl_ms + self._lease_ms],
            )
        )
        return _Found(*found)

    async def renew(self, lease: Lease) -> bool:
        """See ``Cache``."""
        keys = Keys.of(self._config.prefix, lease.key)
        renewed = await _guarded(
            self._scripts.call(self._renew, [keys.lease], [lease.token, self._lease_ms])
        )
        return bool(renewed)

    async def store(self, lease: Lease, answer: Answer) -> bool:
        """See ``Cache``."""
        data = pack(answer)
        if len(data) > self._config.max_value_bytes:
            await self.release(lease)
            return False
        keys = Keys.of(self._config.prefix, lease.key)
        stored = await _guarded(
            self._scripts.call(
                self._store,
                [keys.answer, keys.lease, keys.suspicion],
                [lease.token, data, self._ttl_ms, keys.woken],
            )
        )
        return bool(stored)

    async def release(self, lease: Lease) -> None:
        """See ``Cache``."""
        keys = Keys.of(self._config.prefix, lease.key)
        await _guarded(self._scripts.call(self._release, [keys.lease], [lease.token, keys.woken]))

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
            raise away(error) from error

    async def accuse(self, keys: Sequence[CacheKey], *, alone: bool) -> None:
        """See ``Cache``. One round trip: the process that says it is about to end."""
        at_ms = int(self._clock.now().timestamp() * 1000)
        args = [len(keys), int(alone), at_ms, self._suspicion_ttl_ms]
        # A script for each, and no transaction: the contents lie in different hash slots.
        together = self._redis.pipeline(transaction=False)
        for key in keys:
            name = Keys.of(self._config.prefix, key).suspicion
            await self._accuse(keys=[name], args=args, client=together)
        await _guarded(together.execute())

    async def set_override(self, sha256: str, override: Override | None) -> None:
        """See ``Cache``."""
        name = override_key(self._config.prefix, sha256)
        if override is None:
            await _guarded(self._redis.delete(name))
        else:
            await _guarded(self._redis.set(name, pack(override)))

    async def close(self) -> None:
        """See ``Cache``."""
        await self._scripts.close()
        await self._wakeups.close()
        await self._redis.aclose()
        await self._redis.connection_pool.disconnect()


async def _guarded(call: Awaitable[T]) -> T:
    with answered():
        return await call
