"""The byte budget keeps its limit, its order and its count, also when callers give up."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from worker.flow.byte_budget import ByteBudget


async def _hold(budget: ByteBudget, nbytes: int, leave: asyncio.Event, log: list[int]) -> None:
    async with budget.reserve(nbytes):
        log.append(nbytes)
        await leave.wait()


async def _settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_waits_when_full_and_is_let_in_when_room_is_made() -> None:
    budget, leave, log = ByteBudget(100), asyncio.Event(), list[int]()
    first = asyncio.create_task(_hold(budget, 80, leave, log))
    await _settle()
    second = asyncio.create_task(_hold(budget, 30, leave, log))
    await _settle()
    assert log == [80]
    leave.set()
    await asyncio.gather(first, second)
    assert log == [80, 30]
    assert budget.used == 0


async def test_a_small_one_does_not_overtake() -> None:
    budget, leave, log = ByteBudget(100), asyncio.Event(), list[int]()
    tasks = []
    for nbytes in (80, 50, 10):
        tasks.append(asyncio.create_task(_hold(budget, nbytes, leave, log)))
        await _settle()
    assert log == [80]  # 10 would fit, but 50 was first
    leave.set()
    await asyncio.gather(*tasks)
    assert log == [80, 50, 10]


async def test_larger_than_the_whole_budget_is_let_in_alone() -> None:
    budget = ByteBudget(10)
    async with budget.reserve(1000):
        assert budget.used == 1000
    assert budget.used == 0


async def test_growth_never_waits_and_holds_the_others_back() -> None:
    budget, leave, log = ByteBudget(100), asyncio.Event(), list[int]()
    async with budget.reserve(50) as reservation:
        reservation.resize(150)
        task = asyncio.create_task(_hold(budget, 10, leave, log))
        await _settle()
        assert log == []
        reservation.resize(20)
        await _settle()
        assert log == [10]
    leave.set()
    await task
    assert budget.used == 0


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 120), st.integers(0, 6), st.booleans()), max_size=25),
)
def test_nothing_leaks_whoever_is_cancelled(plan: list[tuple[int, int, bool]]) -> None:
    async def scenario() -> None:
        budget = ByteBudget(100)
        highest = 0

        async def use(nbytes: int, turns: int) -> None:
            nonlocal highest
            async with budget.reserve(nbytes):
                if budget.used != nbytes:  # alone, anything goes
                    highest = max(highest, budget.used)
                for _ in range(turns):
                    await asyncio.sleep(0)

        tasks = [(asyncio.create_task(use(n, turns)), cancel) for n, turns, cancel in plan]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        for task, cancel in tasks:
            if cancel:
                task.cancel()
        await asyncio.gather(*(task for task, _ in tasks), return_exceptions=True)
        assert budget.used == 0
        assert highest <= 100

    asyncio.run(scenario())
