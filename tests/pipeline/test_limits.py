"""When there is too much of something."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from tests.pipeline.world import World
from tests.support.media import image_file
from worker.domain.failure import Poison, Reason, Systemic
from worker.domain.lane import Lane
from worker.domain.record import Record
from worker.domain.verdict import (
    ActionHint,
    Label,
    Thresholds,
)
from worker.domain.verdict_policy import VerdictPolicy
from worker.flow.config import BreakerSettings, DeadLetterLimitConfig


async def test_too_many_dead_letters_of_our_own_doing_stop_the_worker(world: World) -> None:
    world.limit = DeadLetterLimitConfig(consecutive=3)
    for _ in range(5):
        await world.broker.append("uploads", b"{")
    with pytest.raises(Systemic, match="consecutive"):
        await world.run()
    # What was over the limit is neither published nor committed: it comes again.
    assert world.reasons() == ["not_json", "not_json"]
    assert world.committed == 2


@pytest.mark.parametrize(
    "past", [{"lane": Lane.BACKFILL}, {"headers": (("ivy-replay-count", b"1"),)}]
)
async def test_what_fails_in_a_backfill_or_a_replay_does_not_stop_the_worker(
    world: World, past: dict[str, Any]
) -> None:
    world.limit = DeadLetterLimitConfig(consecutive=1)
    (letter,) = await world.carry(Record("uploads", 0, 0, b"{", **past))
    assert letter.header("ivy-dlq-reason") == b"not_json"


async def test_broken_uploads_do_not_stop_the_worker_however_many(world: World) -> None:
    world.limit = DeadLetterLimitConfig(consecutive=3, least=3, ratio=0.1)
    for number in range(8):
        await world.upload(f"http://x/{number}", b"\xff\xd8\xff" + bytes([number]) * 90)
    await world.run()
    assert len(world.reasons()) == 8


async def test_a_tenant_that_crowds_out_others_gives_way_to_them(world: World) -> None:
    world.may_divert = True
    world.max_in_flight = 40
    world.slots = 1
    world.detector.delay_s = 0.02
    world.__post_init__()
    await world.upload("http://x/other", image_file(-0.9), tenant="other")
    for number in range(30):
        await world.upload(f"http://x/{number}", image_file(0.9, seed=number), tenant="burst")
    await world.run()
    diverted = world.broker.all_records("backfill")
    assert 0 < len(diverted) < 30
    assert len(world.verdicts) + len(diverted) == 31
    # As they came: from there they are carried like any other, and give way no more.
    again = [await world.carry(replace(record, lane=Lane.BACKFILL)) for record in diverted[:2]]
    assert [outcome[0].topic for outcome in again] == ["verdicts", "verdicts"]


async def test_too_many_blocks_in_a_day_become_reviews(world: World) -> None:
    world.breaker = BreakerSettings(max_blocks_per_day=2)
    world.policy = VerdictPolicy(thresholds=Thresholds(block_from=0.9))
    for number in range(4):
        await world.upload(f"http://x/{number}", image_file(-0.9, seed=number))
    await world.run()
    hints = sorted(verdict.action_hint for verdict in world.verdicts)
    assert hints == [ActionHint.BLOCK, ActionHint.BLOCK, ActionHint.REVIEW, ActionHint.REVIEW]
    assert {verdict.label for verdict in world.verdicts} == {Label.AI_GENERATED}


async def test_a_stated_size_beyond_reason_does_not_hold_up_the_others(world: World) -> None:
    for number in range(3):
        await world.upload(
            f"http://x/{number}",
            image_file(0.9, seed=number),
            media={"url": f"http://x/{number}", "size": 10**15},
        )
    await world.run()
    assert len(world.verdicts) == 3


async def test_memory_is_given_back_whatever_happens(world: World) -> None:
    await world.upload("http://x/good", image_file(0.9))
    await world.upload("http://x/bad", b"no image")
    world.web.failures["http://x/gone"] = [Poison(Reason.MEDIA_NOT_FOUND, "gone")]
    await world.upload("http://x/gone")
    await world.run()
    assert world.memory.used == 0


async def test_no_more_is_in_flight_than_allowed() -> None:
    world = World(max_in_flight=3)
    most = 0
    ask = world.detector.generate

    async def watched(*args: Any, **options: Any) -> Any:
        nonlocal most
        most = max(most, world.source.in_flight)
        await asyncio.sleep(0.01)
        return await ask(*args, **options)

    world.detector.generate = watched  # type: ignore[method-assign]
    for number in range(12):
        await world.upload(f"http://x/{number}", image_file(0.9, seed=number))
    await world.run()
    assert len(world.verdicts) == 12
    assert most == 3
    await world.web.close()
