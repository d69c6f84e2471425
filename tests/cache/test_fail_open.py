"""Redis may be away: verdicts go on."""

from __future__ import annotations

import uuid

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from tests.support.factories import make_answer, make_identity
from tests.support.manual_clock import ManualClock
from tests.support.ports import free_port
from tests.support.redis_server import RedisServer
from worker.cache.config import CacheConfig
from worker.cache.fail_open import NO_LEASE, FailOpen
from worker.cache.protocol import Lease
from worker.cache.redis import RedisCache
from worker.domain.answer import Conclusion, Override
from worker.domain.cache_key import CacheKey
from worker.domain.clock import SystemClock
from worker.domain.failure import Transient

pytestmark = pytest.mark.redis

RETRY_AFTER_S = 5.0


class Counter:
    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


def make_key() -> CacheKey:
    return CacheKey.of(uuid.uuid4().hex * 2, make_identity())


async def test_without_redis_everyone_works_alone() -> None:
    config = CacheConfig(url=SecretStr(f"redis://127.0.0.1:{free_port()}/0"))
    failures = Counter()
    cache = FailOpen(RedisCache(config), on_failure=failures, clock=SystemClock())
    key = make_key()
    claim = await cache.claim(key)
    assert claim.lease
    assert claim.lease.token == NO_LEASE
    assert not await cache.store(claim.lease, make_answer())
    assert not await cache.renew(claim.lease)
    await cache.release(claim.lease)
    assert failures.count == 1
    assert not cache.up
    await cache.close()


async def test_redis_that_dies_and_comes_back(own_redis: RedisServer) -> None:
    clock, failures = ManualClock(), Counter()
    config = CacheConfig(url=SecretStr(own_redis.url))
    cache = FailOpen(
        RedisCache(config), on_failure=failures, clock=clock, retry_after_s=RETRY_AFTER_S
    )
    assert (await cache.claim(make_key())).lease
    ups = [cache.up]

    own_redis.stop()
    await cache.claim(make_key())
    ups.append(cache.up)
    assert failures.count == 1
    await cache.claim(make_key())
    assert failures.count == 1  # left alone, and not asked

    own_redis.start()
    clock.advance(RETRY_AFTER_S + 1)
    claim = await cache.claim(make_key())
    assert [*ups, cache.up] == [True, False, True]
    assert claim.lease
    assert claim.lease.token != NO_LEASE
    assert await cache.store(claim.lease, make_answer())
    await cache.close()


async def test_an_override_is_not_lost_without_a_word() -> None:
    config = CacheConfig(url=SecretStr(f"redis://127.0.0.1:{free_port()}/0"))
    cache = FailOpen(RedisCache(config), on_failure=Counter(), clock=SystemClock())
    override = Override(
        conclusion=Conclusion.FAKE, decided_by="bob", decided_at=SystemClock().now()
    )
    with pytest.raises(Transient):
        await cache.set_override("0" * 64, override)
    await cache.close()


async def test_an_accusation_that_is_lost_is_told_aloud() -> None:
    config = CacheConfig(url=SecretStr(f"redis://127.0.0.1:{free_port()}/0"))
    failures = Counter()
    cache = FailOpen(RedisCache(config), on_failure=failures, clock=SystemClock())
    with capture_logs() as logs:
        await cache.accuse([make_key(), make_key()], alone=False)
    assert failures.count == 1
    (told,) = [log for log in logs if log["event"] == "suspects_forgotten"]
    assert (told["log_level"], told["contents"]) == ("error", 2)
    await cache.close()


async def test_an_accusation_is_made_also_while_the_cache_is_left_alone(
    own_redis: RedisServer,
) -> None:
    clock = ManualClock()
    config = CacheConfig(url=SecretStr(own_redis.url))
    cache = FailOpen(RedisCache(config), on_failure=Counter(), clock=clock)
    own_redis.stop()
    await cache.claim(make_key())
    own_redis.start()
    key = make_key()
    assert (await cache.claim(key)).lease == Lease(key, NO_LEASE)  # left alone
    await cache.accuse([key], alone=True)
    await cache.close()
    other = RedisCache(config)
    assert (await other.claim(key)).suspicion.convicted
    await other.close()
