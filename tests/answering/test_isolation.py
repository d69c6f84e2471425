"""Who is accused when the engine dies, and when."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from structlog.testing import capture_logs

from worker.answering.gate import FEW, Company
from worker.answering.isolation import ACCUSING_S, Isolation, company_of
from worker.cache.suspicion import NO_SUSPICION, Suspicion
from worker.domain.cache_key import CacheKey
from worker.domain.failure import Failure, Poison, Reason, Systemic, Transient


def key(number: int) -> CacheKey:
    return CacheKey(sha256=f"{number:064x}", fingerprint="0" * 16)


def dead() -> Systemic:
    return Systemic(Reason.ENGINE_DEAD, "it died")


class Memory:
    """What a cache is told."""

    def __init__(self) -> None:
        self.told: list[tuple[set[CacheKey], bool]] = []
        self.seconds = 0.0
        self.free = asyncio.Event()
        """Nothing is heard before it is set."""
        self.free.set()
        self.failure: Failure | None = None

    async def accuse(self, keys: Sequence[CacheKey], *, alone: bool) -> None:
        await asyncio.sleep(self.seconds)
        await self.free.wait()
        if self.failure is not None:
            raise self.failure
        self.told.append((set(keys), alone))


async def ask_until(
    isolation: Isolation, number: int, end: asyncio.Event, suspicion: Suspicion = NO_SUSPICION
) -> None:
    async with isolation.asking(key(number), suspicion):
        await end.wait()
        raise dead()


async def all_fail(tasks: Sequence[asyncio.Task[None]]) -> None:
    for ended in await asyncio.gather(*tasks, return_exceptions=True):
        assert isinstance(ended, Systemic)


@pytest.mark.parametrize(
    ("deaths", "among", "company"),
    [
        (0, 0, Company.ANY),
        (1, 1, Company.NONE),
        (1, FEW, Company.NONE),
        (1, FEW + 1, Company.FEW),
        (9, 384, Company.FEW),
    ],
)
def test_the_company_that_is_left(deaths: int, among: int, company: Company) -> None:
    assert company_of(Suspicion(deaths=deaths, among=among)) is company


async def test_all_that_were_in_it_are_accused_once_and_before_anyone_is_told() -> None:
    memory, end = Memory(), asyncio.Event()
    memory.free.clear()
    isolation = Isolation(memory)
    tasks = [asyncio.create_task(ask_until(isolation, number, end)) for number in range(5)]
    await asyncio.sleep(0.01)
    async with isolation.asking(key(77), NO_SUSPICION):
        pass  # answered and gone
    end.set()
    await asyncio.sleep(0.1)
    assert not any(task.done() for task in tasks)
    memory.free.set()
    await all_fail(tasks)
    assert memory.told == [({key(number) for number in range(5)}, False)]


async def test_one_suspect_by_itself_is_accused_as_such() -> None:
    memory, end = Memory(), asyncio.Event()
    isolation = Isolation(memory)
    suspected = Suspicion(deaths=1, among=2)
    # Two questions about one content: as windows of a video are.
    tasks = [asyncio.create_task(ask_until(isolation, 1, end, suspected)) for _ in range(2)]
    waiting = asyncio.create_task(ask_until(isolation, 2, end))
    await asyncio.sleep(0.01)
    end.set()
    await all_fail([*tasks, waiting])
    assert memory.told == [({key(1)}, True)]


async def test_one_that_was_there_alone_by_chance_is_not() -> None:
    memory, end = Memory(), asyncio.Event()
    end.set()
    with pytest.raises(Systemic):
        await ask_until(Isolation(memory), 1, end)
    assert memory.told == [({key(1)}, False)]


@pytest.mark.parametrize(
    "failure",
    [
        Systemic(Reason.ENGINE_FAILED, "its settings do not fit"),
        Transient(Reason.ENGINE_FAILED, "this request failed"),
        Poison(Reason.ENGINE_REJECTED, "not this one"),
    ],
)
async def test_other_failures_accuse_nobody(failure: Failure) -> None:
    memory = Memory()
    with pytest.raises(type(failure)):
        async with Isolation(memory).asking(key(1), NO_SUSPICION):
            raise failure
    assert memory.told == []


async def test_a_cancelled_question_still_waits_for_the_accusation() -> None:
    """The service cancels all as soon as it hears of the death, and then closes the cache."""
    memory, end = Memory(), asyncio.Event()
    memory.seconds = 0.1
    isolation = Isolation(memory)
    task = asyncio.create_task(ask_until(isolation, 1, end))
    await asyncio.sleep(0.01)
    end.set()
    for _ in range(3):
        await asyncio.sleep(0.01)
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert memory.told == [({key(1)}, False)]


async def test_a_memory_that_does_not_answer_holds_nobody_up_for_long() -> None:
    memory, end = Memory(), asyncio.Event()
    memory.seconds = 60
    end.set()
    begun = asyncio.get_running_loop().time()
    with capture_logs() as logs, pytest.raises(Systemic):
        await ask_until(Isolation(memory), 1, end)
    assert ACCUSING_S <= asyncio.get_running_loop().time() - begun < ACCUSING_S + 1
    assert [log["event"] for log in logs] == ["engine_died_over", "suspects_forgotten"]


async def test_a_memory_that_fails_does_not_hide_the_death() -> None:
    memory, end = Memory(), asyncio.Event()
    memory.failure = Transient(Reason.CACHE_UNAVAILABLE, "away")
    end.set()
    with capture_logs() as logs, pytest.raises(Systemic):
        await ask_until(Isolation(memory), 1, end)
    assert [log["event"] for log in logs] == ["engine_died_over", "suspects_forgotten"]
