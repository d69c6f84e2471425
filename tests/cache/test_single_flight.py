from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable

import pytest

from tests.support.factories import make_answer, make_identity
from worker.cache.memory import MemoryCache
from worker.cache.single_flight import SingleFlight
from worker.cache.suspicion import NO_SUSPICION, Suspicion
from worker.domain.answer import Answer
from worker.domain.cache_key import CacheKey
from worker.domain.failure import Poison, Reason


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not happened():
            await asyncio.sleep(0)


def make_key() -> CacheKey:
    return CacheKey.of(uuid.uuid4().hex * 2, make_identity())


class Model:
    """Counts how often it is asked."""

    def __init__(self, seconds: float = 0.05) -> None:
        self.asked = 0
        self.told: list[Suspicion] = []
        self.seconds = seconds

    async def ask(self, suspicion: Suspicion) -> Answer:
        self.asked += 1
        self.told.append(suspicion)
        await asyncio.sleep(self.seconds)
        return make_answer()


async def test_events_of_one_worker_share_one_answer() -> None:
    flights, model, key = SingleFlight(MemoryCache(), renew_every_s=1), Model(), make_key()
    known = await asyncio.gather(*(flights.get(key, model.ask) for _ in range(20)))
    assert model.asked == 1
    assert [one.cached for one in known].count(False) == 1


async def test_workers_share_one_answer() -> None:
    cache, model, key = MemoryCache(), Model(), make_key()
    workers = [SingleFlight(cache, renew_every_s=1) for _ in range(5)]
    known = await asyncio.gather(*(worker.get(key, model.ask) for worker in workers))
    assert model.asked == 1
    assert [one.cached for one in known].count(False) == 1


async def test_a_lease_is_kept_for_as_long_as_the_answer_takes() -> None:
    cache, model, key = MemoryCache(lease_s=0.2), Model(seconds=0.7), make_key()
    first, second = (SingleFlight(cache, renew_every_s=0.05) for _ in range(2))
    await asyncio.gather(first.get(key, model.ask), second.get(key, model.ask))
    assert model.asked == 1


async def test_a_failure_for_one_budget_is_no_failure_for_another() -> None:
    flights, key, model = SingleFlight(MemoryCache(), renew_every_s=1), make_key(), Model()
    asked: list[str] = []

    async def refuse(_: Suspicion) -> Answer:
        asked.append("tight")
        await asyncio.sleep(0.05)
        raise Poison(Reason.MEDIA_OVER_BUDGET, "too large")

    results = await asyncio.gather(
        flights.get(key, refuse, budget="tight"),
        flights.get(key, refuse, budget="tight"),
        flights.get(key, model.ask, budget="wide"),
        return_exceptions=True,
    )
    assert [isinstance(result, Poison) for result in results] == [True, True, False]
    assert asked == ["tight"]
    assert model.asked == 1


async def test_a_failure_is_shared_and_the_lease_given_back() -> None:
    cache, key = MemoryCache(), make_key()
    flights = SingleFlight(cache, renew_every_s=1)

    async def fail(_: Suspicion) -> Answer:
        await asyncio.sleep(0.01)
        raise Poison(Reason.MEDIA_UNDECODABLE, "no")

    results = await asyncio.gather(
        *(flights.get(key, fail) for _ in range(3)), return_exceptions=True
    )
    assert all(isinstance(result, Poison) for result in results)
    model = Model()
    assert not (await flights.get(key, model.ask)).cached
    assert model.asked == 1


async def test_when_the_leader_is_cancelled_the_next_one_leads() -> None:
    flights, model, key = SingleFlight(MemoryCache(), renew_every_s=1), Model(), make_key()
    leader = asyncio.create_task(flights.get(key, model.ask))
    await until(lambda: model.asked == 1)
    follower = asyncio.create_task(flights.get(key, model.ask))
    await asyncio.sleep(0)  # it joins at its first step
    leader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leader
    await asyncio.wait_for(follower, 5)
    assert model.asked == 2


async def test_when_all_are_cancelled_together_nobody_asks_again() -> None:
    for _ in range(20):
        flights, model, key = SingleFlight(MemoryCache(), renew_every_s=1), Model(), make_key()

        async def fly(
            flights: SingleFlight = flights, model: Model = model, key: CacheKey = key
        ) -> None:
            await flights.get(key, model.ask)

        tasks = [asyncio.create_task(fly()) for _ in range(4)]
        await until(lambda model=model: model.asked == 1)  # type: ignore[misc]
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(result, asyncio.CancelledError) for result in results)
        assert model.asked == 1


async def test_a_follower_that_is_cancelled_disturbs_nobody() -> None:
    flights, model, key = SingleFlight(MemoryCache(), renew_every_s=1), Model(), make_key()
    leader = asyncio.create_task(flights.get(key, model.ask))
    await until(lambda: model.asked == 1)
    follower = asyncio.create_task(flights.get(key, model.ask))
    await asyncio.sleep(0)  # it joins at its first step
    follower.cancel()
    with pytest.raises(asyncio.CancelledError):
        await follower
    assert not (await leader).cached
    assert model.asked == 1


async def test_what_is_held_against_a_content_goes_along_with_the_question() -> None:
    cache, model, key, other = MemoryCache(), Model(), make_key(), make_key()
    await cache.accuse([key, make_key()], alone=False)
    flights = SingleFlight(cache, renew_every_s=1)
    await flights.get(key, model.ask)
    await flights.get(other, model.ask)
    assert [(told.deaths, told.among) for told in model.told] == [(1, 2), (0, 0)]
    assert model.told[1] == NO_SUSPICION
