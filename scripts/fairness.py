"""What the admission changes, in numbers: python -m scripts.fairness.

Simulated in steps of a virtual clock, the same on every machine: an event takes one step in its
slot. "First come" is what a plain semaphore does.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from tests.stateful.virtual_loop import LoopClock, VirtualLoop
from worker.domain.lane import Lane
from worker.flow.admission import Admission
from worker.flow.config import AdmissionConfig
from worker.flow.waiting_line import Ticket

SLOTS = 32
STEP_S = 1.0
BURST, SMALL = 2000, 20
"""Events of the large tenant, and of the small one that stands behind it."""
WINDOW = 256
"""Events that may be taken and not settled, where that matters."""

Order = Callable[[Ticket], AbstractAsyncContextManager[None]]


@dataclass(slots=True)
class Outcome:
    """What came of one way to order the events, in steps."""

    name: str
    small_done: int = 0
    """When the small tenant's last event was done."""
    all_done: int = 0
    live_wait: int = 0
    """Longest wait of a live event for its slot."""
    backfill_meanwhile: int = 0
    """Backfill events done while live ones were waiting."""
    diverted: int = 0
    done: dict[Ticket, list[int]] = field(default_factory=dict)


def main() -> None:
    """Measure and print."""
    console = Console()
    behind = f"{SMALL} events of B behind {BURST} of A"
    console.print(
        _table(f"{behind}, all taken", measure_burst(), ("small_done", "all_done")),
        _table(
            f"{behind} in one topic, {WINDOW} taken at once",
            measure_one_topic(),
            ("small_done", "all_done", "diverted"),
        ),
        _table(
            f"{BURST} of a backfill, then {BURST} live ones, {SLOTS} every step",
            measure_lanes(),
            ("live_wait", "backfill_meanwhile", "all_done"),
        ),
    )


HEADINGS = {
    "small_done": "B done at step",
    "all_done": "all done at step",
    "live_wait": "longest live wait",
    "backfill_meanwhile": "backfill done meanwhile",
    "diverted": "diverted",
}


def _table(title: str, outcomes: Iterable[Outcome], columns: tuple[str, ...]) -> Table:
    table = Table("order", title=f"{title}; {SLOTS} slots", title_justify="left")
    for column in columns:
        table.add_column(HEADINGS[column], justify="right")
    for outcome in outcomes:
        table.add_row(outcome.name, *(str(getattr(outcome, column)) for column in columns))
    return table


def measure_burst() -> tuple[Outcome, Outcome]:
    """The small tenant's events come when the large one's wait already."""
    tickets = [Ticket(tenant="A")] * BURST + [Ticket(tenant="B")] * SMALL

    async def run(name: str, make_order: Callable[[], Order]) -> Outcome:
        floor = _Floor(name, make_order())
        await floor.all(tickets)
        return floor.outcome

    return (
        _virtually(run("first come", first_come)),
        _virtually(run("admission", lambda: make_admission(len(tickets)).turn)),
    )


def measure_one_topic() -> tuple[Outcome, Outcome, Outcome]:
    """The same out of one partition: what is not settled keeps the rest from being taken."""
    tickets = [Ticket(tenant="A")] * BURST + [Ticket(tenant="B")] * SMALL

    async def run(name: str, *, fair: bool, overflow: bool = False) -> Outcome:
        admission = make_admission(WINDOW) if fair else None
        floor = _Floor(name, admission.turn if admission else first_come())
        window = asyncio.Semaphore(WINDOW)
        async with asyncio.TaskGroup() as group:

            async def settle(ticket: Ticket) -> None:
                await floor.one(ticket)
                window.release()

            if admission:  # B was seen before, as the tenants of a platform are
                async with admission.turn(Ticket(tenant="B")):
                    pass
            later = []
            for ticket in tickets:
                await window.acquire()
                await asyncio.sleep(0)
                if overflow and admission and admission.crowded(ticket.tenant):
                    later.append(Ticket(Lane.BACKFILL, tenant=ticket.tenant))
                    window.release()
                    continue
                group.create_task(settle(ticket))
            floor.outcome.diverted = len(later)
            for ticket in later:
                await window.acquire()
                group.create_task(settle(ticket))
        return floor.outcome

    return (
        _virtually(run("first come", fair=False)),
        _virtually(run("admission", fair=True)),
        _virtually(run("and overflow", fair=True, overflow=True)),
    )


def measure_lanes() -> tuple[Outcome, Outcome]:
    """A backfill waits; live events come as fast as the slots can take them."""

    async def run(name: str, make_order: Callable[[], Order]) -> Outcome:
        floor = _Floor(name, make_order())
        async with asyncio.TaskGroup() as group:
            for _ in range(BURST):
                group.create_task(floor.one(Ticket(Lane.BACKFILL)))
            await asyncio.sleep(STEP_S / 2)
            for _ in range(BURST // SLOTS):
                for _ in range(SLOTS):
                    group.create_task(floor.one(Ticket(Lane.LIVE)))
                await asyncio.sleep(STEP_S)
            done = floor.outcome.done.get(Ticket(Lane.BACKFILL), [])
            floor.outcome.backfill_meanwhile = len(done)
        return floor.outcome

    return (
        _virtually(run("first come", first_come)),
        _virtually(run("admission", lambda: make_admission(2 * BURST).turn)),
    )


class _Floor:
    """Carries tickets through their slots, and notes when."""

    def __init__(self, name: str, order: Order) -> None:
        self.outcome = Outcome(name)
        self._order = order

    async def all(self, tickets: Iterable[Ticket]) -> None:
        await asyncio.gather(*(self.one(ticket) for ticket in tickets))

    async def one(self, ticket: Ticket) -> None:
        came = _now()
        async with self._order(ticket):
            waited = _now() - came
            await asyncio.sleep(STEP_S)
        outcome, now = self.outcome, round(_now())
        outcome.done.setdefault(ticket, []).append(now)
        outcome.all_done = now
        if ticket.tenant == "B":
            outcome.small_done = now
        if ticket.lane is Lane.LIVE:
            outcome.live_wait = max(outcome.live_wait, round(waited))


def make_admission(window: int) -> Admission:
    """With the shares as they are by default."""
    clock = LoopClock(asyncio.get_running_loop())
    return Admission(AdmissionConfig(slots=SLOTS), window=window, clock=clock)


def first_come() -> Order:
    """Slots as a plain semaphore gives them away."""
    slots = asyncio.Semaphore(SLOTS)

    @asynccontextmanager
    async def turn(_: Ticket) -> AsyncIterator[None]:
        async with slots:
            yield

    return turn


def _now() -> float:
    return asyncio.get_running_loop().time() / STEP_S


def _virtually(run: Coroutine[None, None, Outcome]) -> Outcome:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(run)


if __name__ == "__main__":
    main()
