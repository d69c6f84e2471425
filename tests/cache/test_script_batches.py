"""Calls that go together, on a real Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from tests.support.redis_server import RedisServer
from worker.cache.config import CacheConfig
from worker.cache.connection import open_redis
from worker.cache.script_batches import LARGEST, ScriptBatches

pytestmark = pytest.mark.redis

ECHO = "return ARGV[1]"
REFUSE = "return redis.error_reply('refused')"
SLOW = """
local begun = redis.call('TIME')
repeat
  local now = redis.call('TIME')
until (now[1] - begun[1]) * 1000000 + now[2] - begun[2] > 200000
return ARGV[1]
"""
"""Redis works on it for a fifth of a second."""


@pytest.fixture
async def redis(own_redis: RedisServer) -> AsyncIterator[Redis]:
    client = open_redis(CacheConfig(url=SecretStr(own_redis.url)))
    yield client
    await client.aclose()
    await client.connection_pool.disconnect()


async def asked(redis: Redis) -> int:
    """Calls of scripts that Redis counted."""
    found = await redis.info("commandstats")
    return int(found.get("cmdstat_evalsha", {}).get("calls", 0))


async def connections(redis: Redis) -> int:
    return int((await redis.info("stats"))["total_connections_received"])


async def test_each_gets_its_own_answer_by_two_connections(redis: Redis) -> None:
    batches, echo = ScriptBatches(redis), redis.register_script(ECHO)
    many = 5 * LARGEST
    answers = await asyncio.gather(
        *(batches.call(echo, [f"k{number}"], [number]) for number in range(many))
    )
    assert [int(answer) for answer in answers] == list(range(many))
    assert await connections(redis) <= 3  # one of them asks this
    assert batches.idle


async def test_a_lone_call_waits_for_nobody(redis: Redis) -> None:
    batches, echo = ScriptBatches(redis), redis.register_script(ECHO)
    for number in range(3):
        assert int(await batches.call(echo, ["k"], [number])) == number
    assert batches.idle


async def test_scripts_that_redis_forgot_are_given_to_it_again(redis: Redis) -> None:
    batches, echo = ScriptBatches(redis), redis.register_script(ECHO)
    await batches.call(echo, ["k"], ["before"])
    await redis.script_flush()
    answers = await asyncio.gather(*(batches.call(echo, ["k"], [number]) for number in range(10)))
    assert [int(answer) for answer in answers] == list(range(10))


async def test_one_that_is_refused_leaves_the_others_alone(redis: Redis) -> None:
    batches = ScriptBatches(redis)
    echo, refuse = redis.register_script(ECHO), redis.register_script(REFUSE)
    answers = await asyncio.gather(
        batches.call(echo, ["a"], ["1"]),
        batches.call(refuse, ["b"], []),
        batches.call(echo, ["c"], ["3"]),
        return_exceptions=True,
    )
    assert answers[0] == b"1"
    assert answers[2] == b"3"
    assert isinstance(answers[1], ResponseError)


async def test_a_redis_that_is_gone_fails_all_who_wait(own_redis: RedisServer) -> None:
    client = open_redis(CacheConfig(url=SecretStr(own_redis.url), timeout_s=0.5))
    batches, echo = ScriptBatches(client), client.register_script(ECHO)
    await batches.call(echo, ["k"], [""])
    own_redis.stop()
    calls = [
        asyncio.create_task(batches.call(echo, ["k"], [number])) for number in range(3 * LARGEST)
    ]
    async with asyncio.timeout(10):
        answers = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(answer, RedisConnectionError | OSError) for answer in answers)
    own_redis.start()
    assert await batches.call(echo, ["k"], ["back"]) == b"back"
    await client.aclose()
    await client.connection_pool.disconnect()


async def test_who_went_away_is_not_asked_for(redis: Redis) -> None:
    batches, echo, slow = (
        ScriptBatches(redis),
        redis.register_script(ECHO),
        redis.register_script(SLOW),
    )
    await asyncio.gather(batches.call(echo, ["k"], [""]), batches.call(slow, ["k"], [""]))
    before = await asked(redis)
    # Both round trips are taken; the others wait for the next one.
    busy = []
    for _ in range(2):
        busy.append(asyncio.create_task(batches.call(slow, ["k"], ["done"])))
        await asyncio.sleep(0.02)
    gone = [asyncio.create_task(batches.call(echo, ["k"], ["gone"])) for _ in range(10)]
    stays = asyncio.create_task(batches.call(echo, ["k"], ["stays"]))
    await asyncio.sleep(0)
    for call in gone:
        call.cancel()
    assert await stays == b"stays"
    assert await asyncio.gather(*busy) == [b"done", b"done"]
    assert await asked(redis) - before == 3


async def test_calls_that_come_as_a_round_trip_ends_are_made(redis: Redis) -> None:
    batches, echo = ScriptBatches(redis), redis.register_script(ECHO)

    async def chain(name: str) -> None:
        for number in range(50):
            answer = await batches.call(echo, [name], [f"{name}{number}"])
            assert answer == f"{name}{number}".encode()

    async with asyncio.timeout(30):
        await asyncio.gather(*(chain(f"chain{number}-") for number in range(20)))
    assert batches.idle


async def test_closing_ends_what_is_under_way(redis: Redis) -> None:
    batches, slow = ScriptBatches(redis), redis.register_script(SLOW)
    calls = [asyncio.create_task(batches.call(slow, ["k"], [""])) for _ in range(5)]
    await asyncio.sleep(0.05)
    await batches.close()
    async with asyncio.timeout(5):
        await asyncio.gather(*calls, return_exceptions=True)
    assert all(call.cancelled() for call in calls)


async def test_closing_before_a_round_trip_begins_leaves_nobody_waiting(redis: Redis) -> None:
    batches, echo = ScriptBatches(redis), redis.register_script(ECHO)
    call = asyncio.create_task(batches.call(echo, ["k"], [""]))
    await asyncio.sleep(0)  # it asked; its round trip is not under way yet
    await batches.close()
    async with asyncio.timeout(5):
        await asyncio.gather(call, return_exceptions=True)
    assert call.cancelled()
