"""Entering a real Redis by TLS and ACL, and what is said where it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from tests.cache.subject import make_key
from tests.support.certificates import CertificateAuthority
from tests.support.factories import make_answer
from tests.support.secured_redis import PASSWORD, SecuredRedis, _secured
from worker.cache.config import CacheConfig
from worker.cache.day_counter import RedisDayCounter
from worker.cache.quarantine import Quarantine
from worker.cache.redis import RedisCache
from worker.cache.rights import COMMANDS, acl_rule, missing_rights
from worker.domain.clock import SystemClock
from worker.domain.failure import Transient

pytestmark = pytest.mark.redis


@pytest.fixture
def rights(secured_redis: SecuredRedis) -> Iterator[SecuredRedis]:
    yield secured_redis
    secured_redis.restore_rights()


async def refusal(config: CacheConfig) -> str:
    """What a claim fails by."""
    cache = RedisCache(config)
    try:
        with pytest.raises(Transient) as caught:
            await cache.claim(make_key())
    finally:
        await cache.close()
    assert PASSWORD not in caught.value.detail
    return caught.value.detail


async def test_everything_works_with_the_least_rights(secured_redis: SecuredRedis) -> None:
    config = secured_redis.config()
    cache, key = RedisCache(config), make_key()
    claim = await cache.claim(key)
    assert claim.lease is not None
    assert await cache.renew(claim.lease)
    assert await cache.store(claim.lease, make_answer())
    assert (await cache.claim(key)).answer == make_answer()
    other = make_key()
    await cache.accuse([other], alone=True)
    await cache.wait(other)
    assert await cache.ping()
    await cache.close()
    with Quarantine(config) as quarantine:
        assert other.sha256 in {one.key.sha256 for one in quarantine.suspects()}
        assert quarantine.lift(other.sha256) == 1
    counter = RedisDayCounter(config, "test", SystemClock())
    first = await counter.add(date(2026, 1, 1), 2)
    assert await counter.add(date(2026, 1, 1), 3) == first + 3
    await counter.close()
    assert await missing_rights(config) == []


@pytest.mark.parametrize("command", sorted(set(COMMANDS) - {"select", "unsubscribe", "exec"}))
async def test_each_missing_right_is_named(rights: SecuredRedis, command: str) -> None:
    rights.change_rights(f"-{command}")
    missing = await missing_rights(rights.config())
    assert command.upper() in missing
    # A script needs what it calls, and to be loaded; a transaction what is in it.
    assert set(missing) <= {command.upper(), "EVALSHA", "MULTI"}


async def test_the_rights_end_at_the_prefix(secured_redis: SecuredRedis) -> None:
    missing = await missing_rights(secured_redis.config(prefix="other"))
    assert {"GET on a key", "SET on a key"} <= set(missing)
    assert {"PUBLISH on a channel", "SUBSCRIBE on a channel"} <= set(missing)
    said = await refusal(secured_redis.config(prefix="other"))
    assert said.startswith("Redis forbids its user a command, a key or a channel")


async def test_a_right_that_a_script_lacks(rights: SecuredRedis) -> None:
    rights.change_rights("-incr")
    assert "Redis forbids its user a command" in await refusal(rights.config())


async def test_wrong_password_and_nobody(secured_redis: SecuredRedis) -> None:
    said = await refusal(secured_redis.config(password=SecretStr("wrong")))
    assert "cache.username and cache.password" in said
    said = await refusal(secured_redis.config(username=None, password=None))
    assert "cache.username and cache.password" in said


async def test_certificates_of_a_server(secured_redis: SecuredRedis, tmp_path: Path) -> None:
    stranger = CertificateAuthority(tmp_path, "stranger")
    said = await refusal(secured_redis.config(ssl_cafile=str(stranger.file)))
    assert "cache.ssl_cafile" in said
    elsewhere = SecretStr(f"rediss://127.0.0.1:{secured_redis.port}/0")
    said = await refusal(secured_redis.config(url=elsewhere))
    assert "is for another host than cache.url (cache.ssl_check_hostname)" in said
    cache = RedisCache(secured_redis.config(url=elsewhere, ssl_check_hostname=False))
    assert await cache.ping()
    await cache.close()
    said = await refusal(secured_redis.config(ssl_cafile=str(tmp_path / "nowhere.pem")))
    assert f"cache.ssl_cafile names {tmp_path}/nowhere.pem, which cannot be read" in said


async def test_an_expired_certificate(tmp_path: Path) -> None:
    server = _secured(tmp_path, "no")
    server.stop()
    server.pair = server.authority.sign("expired", days=-5)
    server.start()
    try:
        assert "has expired" in await refusal(server.config())
    finally:
        server.stop()


async def test_a_certificate_of_ours(mutual_redis: SecuredRedis, tmp_path: Path) -> None:
    assert "cache.ssl_certfile" in await refusal(mutual_redis.config())
    ours = mutual_redis.authority.sign("worker", password="of the key")
    config = mutual_redis.config(
        ssl_certfile=str(ours.certificate),
        ssl_keyfile=str(ours.key),
        ssl_key_password=SecretStr("of the key"),
    )
    cache = RedisCache(config)
    assert await cache.ping()
    await cache.close()
    said = await refusal(config.model_copy(update={"ssl_key_password": None}))
    assert "an encrypted key needs cache.ssl_key_password" in said


async def test_renewed_certificates_are_taken_at_the_next_connection(
    mutual_redis: SecuredRedis, tmp_path: Path
) -> None:
    """A pod's certificate is written over in place; the same client goes on."""
    ours = mutual_redis.authority.sign("renewed", days=-5)
    cache = RedisCache(
        mutual_redis.config(ssl_certfile=str(ours.certificate), ssl_keyfile=str(ours.key))
    )
    with pytest.raises(Transient):
        await cache.ping()
    mutual_redis.authority.sign("renewed")
    assert await cache.ping()
    # Also where the connection had been made before: it is the same object in redis-py's pool.
    CertificateAuthority(tmp_path, "stranger")
    ours.certificate.write_bytes((tmp_path / "stranger.pem").read_bytes())
    mutual_redis.administer("CLIENT", "KILL", "USER", "ivy-worker")
    with pytest.raises(Transient):
        await cache.ping()
    with pytest.raises(Transient, match="no pair"):
        await cache.ping()
    await cache.close()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"url": "redis://u:p@h/0", "password": "x"}, "cache.password and the one in cache.url"),
        ({"url": "rediss://h/0?ssl_cert_reqs=none"}, "give them as cache.ssl_..."),
        ({"username": "u"}, "cache.username needs cache.password"),
        ({"url": "redis://h/0", "ssl_cafile": "ca"}, "cache.url begins with rediss://"),
        ({"url": "rediss://h/0", "ssl_keyfile": "k"}, "needs cache.ssl_certfile"),
    ],
)
def test_settings_that_do_not_fit(settings: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        CacheConfig.model_validate(settings)


def test_what_is_risky_is_told() -> None:
    plain = CacheConfig(url=SecretStr("redis://redis:6379/0"), password=SecretStr("x"))
    assert "in the clear" in plain.risks()[0]
    assert CacheConfig().risks() == []
    unchecked = CacheConfig(url=SecretStr("rediss://redis/0"), ssl_check_hostname=False)
    assert "cache.ssl_check_hostname is off" in unchecked.risks()[0]


def test_the_documented_rule_is_the_one_that_is_proven() -> None:
    page = (Path(__file__).parents[2] / "docs" / "links.md").read_text(encoding="utf-8")
    assert acl_rule("ivy-worker", "ivy").replace(" on ", " on >PASSWORD ") in page
