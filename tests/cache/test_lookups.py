"""What is told of lookups: one for each content asked for, whatever way its answer came."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter

import pytest

from tests.support.factories import make_answer, make_identity
from worker.cache.fail_open import FailOpen
from worker.cache.lookup import Lookup, WaitOutcome
from worker.cache.memory import MemoryCache
from worker.cache.protocol import Claim
from worker.cache.single_flight import SingleFlight
from worker.cache.suspicion import Suspicion
from worker.domain.answer import Answer
from worker.domain.cache_key import CacheKey
from worker.domain.clock import SystemClock
from worker.domain.failure import Poison, Reason, Transient


class Told:
    """Counts what it is told."""

    def __init__(self) -> None:
        self.lookups: Counter[Lookup] = Counter()
        self.waits: Counter[WaitOutcome] = Counter()

    def looked_up(self, result: Lookup) -> None:
        self.lookups[result] += 1

    def waited_for_lease(self, outcome: WaitOutcome) -> None:
        self.waits[outcome] += 1


def make_key() -> CacheKey:
    return CacheKey.of(uuid.uuid4().hex * 2, make_identity())


async def ask(_: Suspicion) -> Answer:
    await asyncio.sleep(0.05)
    return make_answer()


async def test_a_miss_then_a_hit_and_those_that_joined_inside_the_worker() -> None:
    told, key = Told(), make_key()
    flights = SingleFlight(MemoryCache(), renew_every_s=1, witness=told)
    await asyncio.gather(*(flights.get(key, ask) for _ in range(5)))
    await flights.get(key, ask)
    assert told.lookups == {Lookup.MISS: 1, Lookup.JOINED: 4, Lookup.HIT: 1}
    assert not told.waits


async def test_a_wait_for_another_workers_lease_that_is_answered() -> None:
    cache, key, told = MemoryCache(), make_key(), Told()
    first = SingleFlight(cache, renew_every_s=1)
    second = SingleFlight(cache, renew_every_s=1, witness=told)
    await asyncio.gather(first.get(key, ask), second.get(key, ask))
    assert told.lookups == {Lookup.JOINED: 1}
    assert told.waits == {WaitOutcome.ANSWERED: 1}


async def test_a_wait_that_ends_without_an_answer_is_taken_over() -> None:
    cache, key, told = MemoryCache(), make_key(), Told()
    asked, fail = asyncio.Event(), asyncio.Event()

    async def fails(_: Suspicion) -> Answer:
        asked.set()
        await fail.wait()
        raise Poison(Reason.MEDIA_UNDECODABLE, "no")

    first = SingleFlight(cache, renew_every_s=1)
    second = SingleFlight(cache, renew_every_s=1, witness=told)
    failing = asyncio.create_task(first.get(key, fails))
    await asked.wait()
    taking_over = asyncio.create_task(second.get(key, ask))
    await asyncio.sleep(0.05)  # by now it waits for the first one's lease
    fail.set()
    await taking_over
    with pytest.raises(Poison):
        await failing
    assert told.lookups == {Lookup.MISS: 1}
    assert told.waits == {WaitOutcome.TAKEN_OVER: 1}


class Away(MemoryCache):
    """Nobody answers."""

    async def claim(self, key: CacheKey) -> Claim:
        raise Transient(Reason.CACHE_UNAVAILABLE, "away")


async def test_a_cache_that_is_away_is_an_error_and_no_miss() -> None:
    told = Told()
    away = FailOpen(Away(), on_failure=lambda: None, clock=SystemClock())
    flights = SingleFlight(away, renew_every_s=1, witness=told)
    for _ in range(3):  # by the call that failed, and while it is left alone
        await flights.get(make_key(), ask)
    assert told.lookups == {Lookup.ERROR: 3}
