"""The count of a day, on a real Redis."""

from __future__ import annotations

import asyncio
import time
from datetime import date

import pytest

from tests.support.manual_clock import ManualClock
from tests.support.redis_server import RedisServer
from worker.cache.config import CacheConfig
from worker.cache.day_counter import KEPT_S, RedisDayCounter
from worker.domain.failure import Transient

pytestmark = pytest.mark.redis

TODAY, TOMORROW = date(2026, 11, 24), date(2026, 11, 25)


def config(server: RedisServer, prefix: str) -> CacheConfig:
    return CacheConfig.model_validate({"url": server.url, "prefix": prefix, "timeout_s": 0.5})


async def test_all_workers_count_together_and_each_day_by_itself(
    shared_redis: RedisServer, request: pytest.FixtureRequest
) -> None:
    settings = config(shared_redis, request.node.name)
    workers = [RedisDayCounter(settings, "blocks", ManualClock()) for _ in range(2)]
    totals = await asyncio.gather(*(workers[n % 2].add(TODAY, 1) for n in range(20)))
    assert sorted(totals) == list(range(1, 21))
    assert await workers[0].add(TODAY, 5) == 25
    assert await workers[0].add(TOMORROW, 1) == 1
    other = RedisDayCounter(settings, "others", ManualClock())
    assert await other.add(TODAY, 1) == 1
    kept = await workers[0]._redis.ttl(f"{settings.prefix}:v1:day:blocks:{TODAY.isoformat()}")
    assert KEPT_S - 60 <= kept <= KEPT_S
    for counter in (*workers, other):
        await counter.close()


async def test_while_redis_is_away_it_is_asked_now_and_then_only(own_redis: RedisServer) -> None:
    clock = ManualClock()
    counter = RedisDayCounter(config(own_redis, "p"), "blocks", clock)
    await counter.add(TODAY, 1)
    own_redis.stop()
    with pytest.raises(Transient):
        await counter.add(TODAY, 1)
    begun = time.perf_counter()
    for _ in range(100):
        with pytest.raises(Transient):
            await counter.add(TODAY, 1)
    assert time.perf_counter() - begun < 0.4  # one that asked would take half a second
    own_redis.start()
    clock.advance(60)
    assert await counter.add(TODAY, 1) == 1
    await counter.close()
