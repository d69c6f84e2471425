"""The quarantine as a person finds it, in a real Redis."""

from __future__ import annotations

import uuid

import pytest
from pydantic import SecretStr
from redis import Redis

from tests.support.factories import make_answer, make_identity
from tests.support.ports import free_port
from tests.support.redis_server import RedisServer
from worker.cache.config import CacheConfig
from worker.cache.keys import Keys
from worker.cache.quarantine import BATCH, Quarantine
from worker.cache.redis import RedisCache
from worker.cache.suspicion import NO_SUSPICION
from worker.domain.cache_key import CacheKey
from worker.domain.failure import Transient

pytestmark = pytest.mark.redis


def make_key(sha256: str | None = None, revision: str = "r1") -> CacheKey:
    return CacheKey.of(sha256 or uuid.uuid4().hex * 2, make_identity(revision=revision))


@pytest.fixture
def config(shared_redis: RedisServer) -> CacheConfig:
    # With all that means something in a pattern.
    return CacheConfig(url=SecretStr(shared_redis.url), prefix=f"t[*]?\\{uuid.uuid4().hex[:8]}")


async def fill(config: CacheConfig, keys: list[CacheKey], *, alone: bool = False) -> None:
    cache = RedisCache(config)
    await cache.accuse(keys, alone=alone)
    await cache.close()


async def standing(config: CacheConfig, key: CacheKey) -> bool:
    cache = RedisCache(config)
    suspicion = (await cache.claim(key)).suspicion
    await cache.close()
    return suspicion != NO_SUSPICION


async def test_all_are_found_once_among_answers_and_strangers(config: CacheConfig) -> None:
    keys = [make_key() for _ in range(2 * BATCH + 7)]
    await fill(config, keys)
    await fill(config, keys[:1], alone=True)
    cache = RedisCache(config)
    lease = (await cache.claim(make_key())).lease
    assert lease
    await cache.store(lease, make_answer())
    await cache.close()
    await fill(config.model_copy(update={"prefix": config.prefix + "x"}), [make_key()])
    with Quarantine(config) as quarantine:
        suspects = list(quarantine.suspects())
    assert sorted(map(str, keys)) == sorted(str(suspect.key) for suspect in suspects)
    assert [one.key for one in suspects if one.suspicion.convicted] == keys[:1]
    assert all(0 < one.left_s <= config.suspicion_ttl_s for one in suspects)


async def test_what_cannot_be_read_is_passed_over_and_lifted_with_the_rest(
    config: CacheConfig, shared_redis: RedisServer
) -> None:
    key, broken, odd = make_key(), make_key(), make_key()
    await fill(config, [key])
    with Redis.from_url(shared_redis.url) as redis:
        redis.set(Keys.of(config.prefix, broken).suspicion, b'{"deaths": "\xff')
        redis.lpush(Keys.of(config.prefix, odd).suspicion, b"a list")
    with Quarantine(config) as quarantine:
        assert [suspect.key for suspect in quarantine.suspects()] == [key]
        assert quarantine.lift() == 3
        assert list(quarantine.suspects()) == []


async def test_what_cannot_be_read_counts_as_none_and_is_written_over(
    config: CacheConfig, shared_redis: RedisServer
) -> None:
    for value in (b"", b"\xff", b"[]", b"7", b'{"deaths": null}', b'{"deaths": {}, "among": []}'):
        key = make_key()
        with Redis.from_url(shared_redis.url) as redis:
            redis.set(Keys.of(config.prefix, key).suspicion, value)
        assert not await standing(config, key)
        await fill(config, [key])
        with Quarantine(config) as quarantine:
            (suspect,) = quarantine.suspects(key.sha256)
        assert (suspect.suspicion.deaths, suspect.suspicion.among) == (1, 1)


async def test_one_content_is_lifted_under_every_model_and_no_other(config: CacheConfig) -> None:
    sha256 = uuid.uuid4().hex * 2
    keys = [make_key(sha256), make_key(sha256, "r2"), make_key()]
    await fill(config, keys, alone=True)
    with Quarantine(config) as quarantine:
        assert quarantine.lift(sha256) == 2
        assert quarantine.lift(sha256) == 0
    assert [await standing(config, key) for key in keys] == [False, False, True]


def test_redis_away_is_told() -> None:
    config = CacheConfig(url=SecretStr(f"redis://127.0.0.1:{free_port()}/0"))
    with Quarantine(config) as quarantine, pytest.raises(Transient, match=r"cache\.url"):
        list(quarantine.suspects())
