"""Nobody waits for ever, and what that is worth, in steps of a virtual clock."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.fairness import measure_burst, measure_lanes, measure_one_topic
from tests.flow.floor import BACKFILL, LIVE, Floor, make_admission
from worker.flow.waiting_line import Ticket


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sampled_from("abcde"), min_size=1, max_size=60),
    st.lists(st.sampled_from("abcde"), max_size=60),
    st.integers(1, 4),
)
def test_nobody_starves_within_a_priority(waiting: list[str], later: list[str], slots: int) -> None:
    """The n-th event of a tenant goes within n rounds: before it go n of any other tenant at most.

    Also while new events keep coming, one for each that leaves.
    """

    async def scenario() -> None:
        floor = Floor(make_admission(slots=slots))
        for number in range(slots):
            await floor.come(f"first{number}", Ticket(tenant="z"))
        came = list(waiting)
        for number, tenant in enumerate(came):
            await floor.come(f"{number}{tenant}", Ticket(tenant=tenant))
        late = iter(later)
        left = 0
        while left < len(floor.order):
            await floor.leave(floor.order[left])
            left += 1
            for tenant in itertools.islice(late, 1):
                await floor.come(f"{len(came)}{tenant}", Ticket(tenant=tenant))
                came.append(tenant)
        order = floor.order[slots:]
        assert sorted(order) == sorted(f"{n}{tenant}" for n, tenant in enumerate(came))
        for number, tenant in enumerate(waiting):
            nth = waiting[: number + 1].count(tenant)
            before = Counter(name[-1] for name in order[: order.index(f"{number}{tenant}")])
            assert before[tenant] == nth - 1
            assert all(count <= nth for count in before.values())

    asyncio.run(scenario())


async def test_a_backfill_never_starves_under_live_load() -> None:
    """Live events without end; the backfill goes on at its share of the slots."""
    floor = Floor(make_admission(slots=10, backfill_share=0.1))
    for number in range(10):
        await floor.come(f"live{number}", Ticket())
    for number in range(20):
        await floor.come(f"old{number}", Ticket(BACKFILL))
    for number in range(10, 210):
        await floor.come(f"live{number}", Ticket())
        await floor.leave(floor.order[number - 10])
    let_in = [name for name in floor.order if name.startswith("old")]
    assert let_in == [f"old{number}" for number in range(20)]
    await floor.run_dry()


def test_a_small_tenant_is_not_held_up_by_anothers_burst() -> None:
    first_come, fair = measure_burst()
    assert first_come.small_done == first_come.all_done == 64  # 2,020 events, 32 at a time
    assert fair.small_done <= 4
    assert fair.all_done == first_come.all_done  # no slot idles for it


def test_overflow_reaches_a_small_tenant_behind_a_burst_in_one_topic() -> None:
    first_come, fair, overflow = measure_one_topic()
    assert fair.small_done < first_come.small_done
    assert overflow.small_done <= 10
    assert overflow.diverted > 0
    assert overflow.all_done <= first_come.all_done + 1


def test_live_waits_for_one_step_at_most_behind_a_backfill() -> None:
    first_come, fair = measure_lanes()
    assert fair.live_wait <= 2 < first_come.live_wait
    assert fair.backfill_meanwhile > 0
    assert fair.all_done == first_come.all_done


async def test_ten_thousand_that_wait_are_no_burden() -> None:
    """A step takes the same time whether a hundred wait or ten thousand, within a wide margin."""

    async def seconds_each(waiting: int) -> float:
        admission = make_admission(slots=64, tenant_share=0.5)

        async def visit(number: int) -> None:
            async with admission.turn(Ticket(priority=number % 7, tenant=f"t{number % 501}")):
                await asyncio.sleep(0)

        tasks = [asyncio.create_task(visit(number)) for number in range(waiting)]
        await asyncio.sleep(0)
        assert admission.waiting(LIVE) == waiting - 64
        begun = time.perf_counter()
        await asyncio.gather(*tasks)
        return (time.perf_counter() - begun) / waiting

    few = min([await seconds_each(200) for _ in range(5)])
    many = min([await seconds_each(10_000) for _ in range(2)])
    print(f"{few * 1e6:.1f} us each of 200, {many * 1e6:.1f} us each of 10,000")
    assert many < 8 * few
