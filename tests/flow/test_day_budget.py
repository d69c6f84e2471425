"""No more than a day's `block` hints, by all workers, whatever becomes of the counter."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.flow.breaker_worker import ALLOW, BLOCK, NO_RATIO, REVIEW, Redis, Worker
from worker.flow.action_breaker import Cause


async def test_no_more_than_a_days_go_through() -> None:
    worker = Worker(max_blocks_per_day=5, **NO_RATIO)
    assert await worker.blocked(9) == 5
    assert worker.breaker.open
    assert worker.breaker.causes == {Cause.DAY}
    assert [await worker.hint(action) for action in (ALLOW, REVIEW)] == [ALLOW, REVIEW]
    assert [(alarm.cause, alarm.open) for alarm in worker.alarms] == [(Cause.DAY, True)]


async def test_a_new_day_begins_anew() -> None:
    worker = Worker(max_blocks_per_day=2, **NO_RATIO)
    await worker.blocked(4)
    worker.clock.next()
    assert not worker.breaker.open
    assert await worker.blocked(3) == 2
    assert [alarm.open for alarm in worker.alarms] == [True, False, True]


async def test_workers_share_a_day() -> None:
    counter = Redis()
    workers = [Worker(counter, max_blocks_per_day=10, **NO_RATIO) for _ in range(3)]
    hints = await asyncio.gather(*(worker.hint() for _ in range(20) for worker in workers))
    assert hints.count(BLOCK) == 10
    assert all(worker.breaker.open for worker in workers)
    asked = counter.asked
    assert await workers[0].blocked(5) == 0
    assert counter.asked == asked  # nothing to learn from it today


async def test_while_the_counter_is_away_the_worker_counts_on_from_what_it_knows() -> None:
    counter = Redis()
    here, there = (Worker(counter, max_blocks_per_day=10, **NO_RATIO) for _ in range(2))
    assert await there.blocked(4) == 4
    assert await here.blocked(2) == 2  # the 5th and the 6th
    counter.away = True
    assert await here.blocked(9) == 4


async def test_what_was_counted_meanwhile_is_handed_in() -> None:
    counter = Redis()
    here, there = (Worker(counter, max_blocks_per_day=10, **NO_RATIO) for _ in range(2))
    counter.away = True
    assert await here.blocked(3) == 3
    counter.away = False
    assert await here.blocked(1) == 1
    assert await there.blocked(9) == 6


async def test_what_was_counted_meanwhile_survives_a_hint_that_is_cancelled() -> None:
    counter = Redis()
    here, there = (Worker(counter, max_blocks_per_day=10, **NO_RATIO) for _ in range(2))
    counter.away = True
    assert await here.blocked(3) == 3
    counter.away = False
    task = asyncio.create_task(here.hint())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await here.blocked(1) == 1
    assert await there.blocked(9) <= 6


async def test_a_counter_that_comes_back_empty_gives_no_worker_a_second_day() -> None:
    counter = Redis()
    worker = Worker(counter, max_blocks_per_day=10, **NO_RATIO)
    assert await worker.blocked(8) == 8
    counter.restart_empty()
    assert await worker.blocked(8) == 2


async def test_without_a_limit_the_counter_is_left_alone() -> None:
    counter = Redis()
    assert await Worker(counter, **NO_RATIO).blocked(50) == 50
    assert counter.asked == 0


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sampled_from(["block", "cancel", "away", "back", "empty", "day"]), max_size=40),
    st.integers(1, 6),
)
def test_no_worker_ever_exceeds_a_day_whatever_the_counter_does(
    plan: list[str], limit: int
) -> None:
    async def scenario() -> None:
        counter = Redis()
        worker = Worker(counter, max_blocks_per_day=limit, **NO_RATIO)
        published = 0
        for step in plan:
            if step == "block":
                published += await worker.hint() is BLOCK
            elif step == "cancel":
                task = asyncio.create_task(worker.hint())
                await asyncio.sleep(0)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            elif step == "empty":
                counter.restart_empty()
            elif step == "day":
                worker.clock.next()
                published = 0
            else:
                counter.away = step == "away"
            assert published <= limit

    asyncio.run(scenario())
