"""The caches: the one in memory, and a real Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from tests.cache.subject import LEASE_S, MAX_BYTES, SUSPICION_S, Subject
from tests.support.redis_server import RedisServer
from tests.support.secured_redis import SecuredRedis
from worker.cache.config import CacheConfig
from worker.cache.connection import open_redis_blocking
from worker.cache.keys import Keys
from worker.cache.memory import MemoryCache
from worker.cache.redis import RedisCache
from worker.domain.cache_key import CacheKey


@pytest.fixture(
    params=[
        "memory",
        pytest.param("redis", marks=pytest.mark.redis),
        pytest.param("redis-with-least-rights", marks=pytest.mark.redis),
    ]
)
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    if request.param == "memory":
        memory = MemoryCache(
            lease_s=LEASE_S, max_value_bytes=MAX_BYTES, suspicion_ttl_s=SUSPICION_S
        )

        async def put(key: CacheKey, data: bytes) -> None:
            memory.put_raw(key, data)

        yield Subject(memory, memory, put)
        return
    times = {
        "lease_s": LEASE_S,
        "max_value_bytes": MAX_BYTES,
        "suspicion_ttl_s": SUSPICION_S,
    }
    if request.param == "redis":
        server: RedisServer = request.getfixturevalue("shared_redis")
        config = CacheConfig.model_validate({"url": SecretStr(server.url), **times})
    else:
        secured: SecuredRedis = request.getfixturevalue("secured_redis")
        config = secured.config(**times)

    async def put_raw(key: CacheKey, data: bytes) -> None:
        # With the worker's own rights.
        with open_redis_blocking(config, timeout_s=5) as redis:
            redis.set(Keys.of(config.prefix, key).answer, data)

    one, other = RedisCache(config), RedisCache(config)
    yield Subject(one, other, put_raw)
    await one.close()
    await other.close()
