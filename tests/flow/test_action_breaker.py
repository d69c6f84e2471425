"""A model gone wrong blocks no more than a few; people and shadow workers are left alone."""

from __future__ import annotations

from tests.flow.breaker_worker import ALLOW, BLOCK, Redis, Worker
from worker.domain.answer import ScoreKind
from worker.domain.lane import Lane
from worker.domain.verdict import Mode
from worker.flow.action_breaker import Cause


async def test_a_shadow_workers_hints_do_not_count() -> None:
    counter = Redis()
    worker = Worker(counter, mode=Mode.SHADOW, max_blocks_per_day=1, expected_share=0.0)
    assert await worker.blocked(500) == 500
    assert (worker.breaker.open, counter.asked) == (False, 0)


async def test_a_persons_decision_passes_and_does_not_count() -> None:
    worker = Worker(max_blocks_per_day=1, expected_share=0.0)
    for _ in range(100):
        assert await worker.hint(kind=ScoreKind.HUMAN) is BLOCK
    assert await worker.blocked(2) == 1
    assert await worker.hint(kind=ScoreKind.HUMAN) is BLOCK


async def test_what_comes_while_it_is_open_goes_to_review_and_costs_nothing_of_the_day() -> None:
    counter = Redis()
    worker = Worker(counter, max_blocks_per_day=1_000, expected_share=0.01)
    assert await worker.blocked(200) == 25
    assert counter.asked == 25
    assert worker.breaker.causes == {Cause.RATIO}
    (alarm,) = worker.alarms
    assert (alarm.cause, alarm.open) == (Cause.RATIO, True)
    assert "1.0% were before" in alarm.detail
    for _ in range(1_000):
        await worker.hint(ALLOW)
    assert not worker.breaker.open
    assert await worker.hint() is BLOCK
    assert [alarm.open for alarm in worker.alarms] == [True, False]


async def test_a_backfills_share_is_its_own() -> None:
    worker = Worker(expected_share=0.01)
    for _ in range(200):
        await worker.hint(lane=Lane.BACKFILL)
    assert worker.breaker.causes == {Cause.BACKFILL_RATIO}
    assert await worker.hint() is BLOCK


async def test_it_can_be_turned_off() -> None:
    worker = Worker(jump_factor=0, expected_share=0.0)
    assert await worker.blocked(2_000) == 2_000
