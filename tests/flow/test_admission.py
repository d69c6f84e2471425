"""Whose turn it is, and that nothing leaks whoever gives up."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.flow.floor import BACKFILL, LIVE, Floor, idle, make_admission, order_of, settle
from worker.domain.lane import Lane
from worker.flow.waiting_line import Ticket


async def test_live_goes_before_backfill() -> None:
    tickets = [("old", Ticket(BACKFILL, -100)), ("new", Ticket(LIVE, 100)), ("newer", Ticket(LIVE))]
    assert await order_of(make_admission(), tickets) == ["newer", "new", "old"]


async def test_a_lower_number_goes_first() -> None:
    tickets = [(str(number), Ticket(priority=number)) for number in (5, 0, -3, 7)]
    assert await order_of(make_admission(), tickets) == ["-3", "0", "5", "7"]


async def test_tenants_take_turns_and_each_keeps_its_order() -> None:
    came = ["a1", "a2", "a3", "b1", "c1", "b2"]
    tickets = [(name, Ticket(tenant=name[0])) for name in came]
    assert await order_of(make_admission(), tickets) == ["a1", "b1", "c1", "a2", "b2", "a3"]


async def test_a_tenant_that_gave_up_its_turn_costs_the_others_none() -> None:
    floor = Floor(make_admission())
    await floor.come("first", Ticket())
    for name in ("a1", "a2", "b1", "c1"):
        await floor.come(name, Ticket(tenant=name[0]))
    await floor.give_up("a1")
    assert (await floor.run_dry())[1:] == ["a2", "b1", "c1"]


async def test_one_tenant_holds_no_more_than_its_share_while_others_wait() -> None:
    floor = Floor(make_admission(slots=4, tenant_share=0.5))
    for name in ("a1", "a2", "a3", "a4", "a5", "a6"):
        await floor.come(name, Ticket(tenant="a", priority=-100))
    assert floor.order == ["a1", "a2", "a3", "a4"]  # alone it may hold all
    for name in ("b1", "b2", "b3"):
        await floor.come(name, Ticket(tenant="b", priority=100))
    await floor.leave("a1", "a2")
    assert floor.order[4:] == ["b1", "b2"]  # however urgent a calls its own
    await floor.leave("b1", "b2")
    assert floor.order[6:] == ["b3", "a5"]  # b alone below its share, then nobody but a
    await floor.leave("a3", "a4", "b3")
    assert floor.order[8:] == ["a6"]
    await floor.run_dry()


async def test_a_tenant_that_was_passed_over_keeps_its_turn() -> None:
    floor = Floor(make_admission(slots=3, tenant_share=0.34))  # one slot each
    for name in ("a1", "b1", "c1"):
        await floor.come(name, Ticket(tenant=name[0]))
    for name in ("a2", "d1", "d2", "e1"):
        await floor.come(name, Ticket(tenant=name[0]))
    await floor.leave("b1")  # a's turn, and a holds its one slot
    assert floor.order[3:] == ["d1"]
    await floor.leave("a1")  # now it may, before e
    assert floor.order[3:] == ["d1", "a2"]
    await floor.run_dry()


async def test_backfill_keeps_its_few_slots_and_no_more_while_live_waits() -> None:
    floor = Floor(make_admission(slots=10, backfill_share=0.2))
    for number in range(10):
        await floor.come(f"old{number}", Ticket(BACKFILL))
    assert floor.admission.active(BACKFILL) == 10  # nobody else wants them
    for number in range(20):
        await floor.come(f"old{10 + number}", Ticket(BACKFILL))
        await floor.come(f"new{number}", Ticket(LIVE))
    for number in range(10):
        await floor.leave(f"old{number}")
    assert (floor.admission.active(BACKFILL), floor.admission.active(LIVE)) == (2, 8)
    await floor.leave("old10", "new0", "old11", "new1")
    assert (floor.admission.active(BACKFILL), floor.admission.active(LIVE)) == (2, 8)
    await floor.run_dry()


@pytest.mark.parametrize(
    ("slots", "share", "kept"),
    [(100, 0, 0), (100, 0.05, 5), (10, 0.05, 1), (2, 0.9, 1), (1, 0.5, 0)],
)
def test_slots_kept_for_the_backfill_leave_one_for_live(
    slots: int, share: float, kept: int
) -> None:
    assert make_admission(slots=slots, backfill_share=share).backfill_slots == kept


async def test_one_that_is_let_in_and_cancelled_in_the_same_moment_gives_its_slot_on() -> None:
    floor = Floor(make_admission())
    await floor.come("a", Ticket())
    await floor.come("b", Ticket())
    await floor.come("c", Ticket())
    floor._leave["a"].set()
    await asyncio.sleep(0)  # a is awake and leaves at its next step
    while floor.admission.waiting(LIVE) != 1:
        await asyncio.sleep(0)
    floor.tasks["b"].cancel()  # b has its slot, and does not know it yet
    await settle()
    assert floor.order == ["a", "c"]
    await floor.run_dry()


async def test_one_that_gave_up_is_not_let_in_before_it_is_awake() -> None:
    floor = Floor(make_admission())
    await floor.come("a", Ticket())
    await floor.come("b", Ticket())
    await floor.come("c", Ticket())
    floor._leave["a"].set()
    floor.tasks["b"].cancel()  # both happen in one step of the loop
    await settle()
    assert floor.order == ["a", "c"]
    await floor.run_dry()


@st.composite
def plans(draw: st.DrawFn) -> list[tuple[Ticket, int, int, int | None]]:
    """Ticket, loop steps before it comes, while it works, and after which it is cancelled."""
    ticket = st.builds(
        Ticket,
        lane=st.sampled_from(Lane),
        priority=st.integers(0, 2),
        tenant=st.sampled_from("abc"),
    )
    steps = st.integers(0, 6)
    one = st.tuples(ticket, steps, steps, st.none() | st.integers(0, 12))
    return draw(st.lists(one, max_size=30))


@settings(max_examples=150, deadline=None)
@given(plans(), st.integers(1, 5), st.sampled_from([0.2, 0.5, 1.0]), st.sampled_from([0.0, 0.3]))
def test_nothing_leaks_and_no_slot_idles_whoever_is_cancelled(
    plan: list[tuple[Ticket, int, int, int | None]], slots: int, tenant: float, backfill: float
) -> None:
    async def scenario() -> None:
        admission = make_admission(slots=slots, tenant_share=tenant, backfill_share=backfill)
        inside = Counter[Lane]()
        finished = 0

        async def visit(ticket: Ticket, before: int, work: int) -> None:
            nonlocal finished
            for _ in range(before):
                await asyncio.sleep(0)
            async with admission.turn(ticket):
                inside[ticket.lane] += 1
                assert inside.total() <= slots
                try:
                    for _ in range(work):
                        await asyncio.sleep(0)
                finally:
                    inside[ticket.lane] -= 1
            finished += 1

        tasks = [asyncio.create_task(visit(*one[:3])) for one in plan]
        for step in range(400):
            for task, (*_, cancel_at) in zip(tasks, plan, strict=True):
                if cancel_at == step:
                    task.cancel()
            await asyncio.sleep(0)
            active = sum(admission.active(lane) for lane in Lane)
            waiting = sum(admission.waiting(lane) for lane in Lane)
            assert active == slots or waiting == 0
        results = await asyncio.gather(*tasks, return_exceptions=True)
        kept = [r for r, (*_, cancel_at) in zip(results, plan, strict=True) if cancel_at is None]
        assert all(result is None for result in kept)
        assert idle(admission)
        assert admission._lines[LIVE]._rings == admission._lines[BACKFILL]._rings == {}

    asyncio.run(scenario())
