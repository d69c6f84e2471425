"""When a tenant's events make way for others that are not even read."""

from __future__ import annotations

from tests.flow.floor import BACKFILL, Floor, make_admission
from tests.support.manual_clock import ManualClock
from worker.flow.waiting_line import Ticket


async def test_a_crowd_is_one_only_where_others_may_be_hurt() -> None:
    clock = ManualClock()
    admission = make_admission(window=8, clock=clock, crowd_share=0.25, neighbours_s=60)
    floor = Floor(admission)
    await floor.come("a0", Ticket(tenant="a"))
    for number in range(1, 5):
        await floor.come(f"a{number}", Ticket(tenant="a"))
    assert not admission.crowded("a")  # alone on the stream: nothing to gain
    await floor.come("b", Ticket(tenant="b"))
    clock.advance(1000)
    assert admission.crowded("a")  # b came long ago, and waits
    assert not admission.crowded("b")
    await floor.give_up("b")
    assert not admission.crowded("a")
    await floor.come("b later", Ticket(tenant="b"))
    await floor.give_up("b later")
    clock.advance(60)
    assert admission.crowded("a")  # b may stand behind, unread
    clock.advance(1)
    assert not admission.crowded("a")
    for number in range(2, 5):
        await floor.give_up(f"a{number}")
    await floor.come("b again", Ticket(tenant="b"))
    assert not admission.crowded("a")  # 1 waits, of 2 that may
    await floor.run_dry()


async def test_waiting_backfill_is_no_crowd() -> None:
    admission = make_admission(window=4, crowd_share=0.25)
    floor = Floor(admission)
    await floor.come("b", Ticket(tenant="b"))
    for number in range(5):
        await floor.come(f"a{number}", Ticket(BACKFILL, tenant="a"))
    assert not admission.crowded("a")
    await floor.run_dry()


async def test_a_share_of_one_diverts_nothing() -> None:
    admission = make_admission(window=1, crowd_share=1.0)
    floor = Floor(admission)
    for name in ("b", "a1", "a2", "a3"):
        await floor.come(name, Ticket(tenant=name[0]))
    assert not admission.crowded("a")
    await floor.run_dry()
