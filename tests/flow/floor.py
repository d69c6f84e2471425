"""An admission with everybody who waits or works there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from tests.support.manual_clock import ManualClock
from worker.domain.lane import Lane
from worker.flow.admission import Admission
from worker.flow.config import AdmissionConfig
from worker.flow.waiting_line import Ticket

LIVE, BACKFILL = Lane.LIVE, Lane.BACKFILL


def make_admission(
    window: int = 100, clock: ManualClock | None = None, **changes: float
) -> Admission:
    config = AdmissionConfig.model_validate({"slots": 1, "tenant_share": 1.0, **changes})
    return Admission(config, window=window, clock=clock or ManualClock())


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


class Floor:
    """Everybody who waits or works, and the order in which they were let in."""

    def __init__(self, admission: Admission) -> None:
        self.admission = admission
        self.order: list[str] = []
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self._leave: dict[str, asyncio.Event] = {}

    async def _visit(self, name: str, ticket: Ticket) -> None:
        async with self.admission.turn(ticket):
            self.order.append(name)
            await self._leave[name].wait()

    async def come(self, name: str, ticket: Ticket) -> None:
        self._leave[name] = asyncio.Event()
        self.tasks[name] = asyncio.create_task(self._visit(name, ticket))
        await settle()

    async def leave(self, *names: str) -> None:
        for name in names:
            self._leave[name].set()
        await settle()

    async def give_up(self, name: str) -> None:
        self.tasks[name].cancel()
        await settle()

    async def run_dry(self) -> list[str]:
        """Have everybody leave in the order in which they were let in."""
        for event in self._leave.values():
            event.set()
        await asyncio.gather(*self.tasks.values(), return_exceptions=True)
        assert idle(self.admission)
        return self.order


def idle(admission: Admission) -> bool:
    counts = [admission.waiting(lane) + admission.active(lane) for lane in Lane]
    return not any(counts) and not any(admission._active_of.values())


async def order_of(admission: Admission, tickets: Iterable[tuple[str, Ticket]]) -> list[str]:
    """In which order they are let in, one at a time, after one that was there before all."""
    floor = Floor(admission)
    await floor.come("first", Ticket(tenant="someone"))
    for name, ticket in tickets:
        await floor.come(name, ticket)
    return (await floor.run_dry())[1:]
