"""What a worker may do in Redis: the least that it needs, and whether it is given."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from worker.cache.config import CacheConfig
from worker.cache.connection import away, forbids, open_redis
from worker.cache.keys import VERSION

COMMANDS = (
    *("get", "set", "del", "exists", "incr", "incrby", "expire", "pexpire", "pttl", "scan"),
    *("evalsha", "script|load", "script|exists", "multi", "exec"),
    *("publish", "subscribe", "unsubscribe"),
    *("ping", "info", "select"),
)
"""Commands that the worker and `ivy-worker quarantine` (``scan``) send, by themselves or in a
script. redis-py also says who is calling (CLIENT SETINFO, since Redis 7.2) and does not mind a no.
"""

PROBE_MS = 1_000
"""Life of the keys that are tried."""


def acl_rule(user: str, prefix: str) -> str:
    """The least rights as a line of Redis's ACL file, the password left out."""
    commands = " ".join(f"+{command}" for command in COMMANDS)
    names = f"{prefix}:{VERSION}:*"
    return f"user {user} on resetkeys resetchannels ~{names} &{names} -@all {commands}"


async def missing_rights(config: CacheConfig) -> list[str]:
    """Commands that the user may not send, tried one by one on keys that soon vanish.

    Raises ``Transient`` where Redis is away, or does not let us in.
    """
    redis = open_redis(config.model_copy(update={"timeout_s": max(5.0, config.timeout_s)}))
    try:
        return [name async for name in _tried(redis, config.prefix)]
    finally:
        await redis.aclose()
        await redis.connection_pool.disconnect()


async def _tried(redis: Redis, prefix: str) -> Any:
    for name, attempt in _attempts(redis, f"{prefix}:{VERSION}:{{doctor}}:probe"):
        try:
            await attempt()
        except (RedisError, OSError, TimeoutError) as error:
            # Without MULTI, what is forbidden is met as an EXEC that ends nothing.
            if not forbids(error) and "without MULTI" not in str(error):
                raise away(error) from error
            elsewhere = next((what for what in ("key", "channel") if what in str(error)), None)
            yield f"{name.upper()} on a {elsewhere}" if elsewhere else name.upper()


Attempt = Callable[[], Awaitable[Any]]


def _attempts(redis: Redis, key: str) -> Iterator[tuple[str, Attempt]]:
    script = "return redis.call('GET', KEYS[1])"

    async def evalsha() -> None:
        # The digest is the server's to give; where it gives none, that is told by itself.
        digest = await redis.script_load(script)
        await redis.evalsha(digest, 1, key)

    async def subscribe() -> None:
        listening: Any = redis.pubsub()
        try:
            await listening.subscribe(key)
            async with asyncio.timeout(5):
                while not await listening.get_message(timeout=1):
                    pass
            await listening.unsubscribe(key)
        finally:
            await listening.aclose()

    async def incr() -> None:
        send: Any = redis.execute_command  # redis-py's own sends INCRBY
        await send("INCR", key)

    async def transaction() -> None:
        async with redis.pipeline(transaction=True) as both:
            both.pttl(key)
            await both.execute()

    yield "ping", redis.ping
    yield "info", lambda: redis.info("server")
    yield "set", lambda: redis.set(key, "0", px=PROBE_MS)
    yield "get", lambda: redis.get(key)
    yield "exists", lambda: redis.exists(key)
    yield "incr", incr
    yield "incrby", lambda: redis.incrby(key, 1)
    yield "pexpire", lambda: redis.pexpire(key, PROBE_MS)
    yield "expire", lambda: redis.expire(key, 1)
    yield "pttl", lambda: redis.pttl(key)
    yield "script|load", lambda: redis.script_load(script)
    yield "script|exists", lambda: redis.script_exists("0" * 40)
    yield "evalsha", evalsha
    yield "multi", transaction
    yield "publish", lambda: redis.publish(key, "1")
    yield "subscribe", subscribe
    yield "scan", lambda: redis.scan(0, match=key, count=1)
    yield "del", lambda: redis.delete(key)
