"""Whose turn it is: which of the events that were taken are worked on."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from worker.domain.clock import Clock
from worker.domain.lane import Lane
from worker.flow.config import AdmissionConfig
from worker.flow.neighbours import Neighbours
from worker.flow.waiting_line import Ticket, Waiter, WaitingLine


class Admission:
    """Hands a fixed number of slots to the events that wait for one.

    A free slot never stays free while anything waits. Who gets it:

    1. A live event. A backfill event only if no live one waits, or if the backfill holds fewer than
       ``backfill_slots``: it is slow behind live events, and never stands still.
    2. Within the lane, an event of a tenant that holds fewer than ``tenant_slots`` of the lane's
       slots. If only tenants beyond that wait, one of theirs.
    3. The lowest priority number.
    4. The tenant whose turn it is: round robin, at each priority.
    5. Of that tenant, whoever came first.

    The tenant's limit comes before the priority, for a tenant states its priorities itself: one
    that calls everything urgent has still no more than its share.
    """

    def __init__(self, config: AdmissionConfig, *, window: int, clock: Clock) -> None:
        """``window``: events that may be taken and not settled, waiting ones included."""
        self.slots = config.slots
        self.tenant_slots = max(1, int(config.slots * config.tenant_share))
        self.backfill_slots = 0
        if config.backfill_share > 0:
            # One slot at least, and one left for live events.
            share = max(1, int(config.slots * config.backfill_share))
            self.backfill_slots = min(share, config.slots - 1)
        self._crowd = window * config.crowd_share if config.crowd_share < 1 else float("inf")
        self._lines = {lane: WaitingLine() for lane in Lane}
        self._active = dict.fromkeys(Lane, 0)
        self._active_of: dict[Lane, Counter[str]] = {lane: Counter() for lane in Lane}
        self._neighbours = Neighbours(clock, config.neighbours_s)

    @asynccontextmanager
    async def turn(self, ticket: Ticket) -> AsyncIterator[None]:
        """Hold a slot inside the block, waiting for it first."""
        await self.enter(ticket)
        try:
            yield
        finally:
            self.leave(ticket)

    def waiting(self, lane: Lane) -> int:
        """Events of the lane that wait for a slot."""
        return len(self._lines[lane])

    def active(self, lane: Lane) -> int:
        """Events of the lane that hold one."""
        return self._active[lane]

    def crowded(self, tenant: str) -> bool:
        """Whether another live event of this tenant should go to the backfill topic instead.

        True if more than the tenant's share of the window waits for a slot already, and others are
        about: they wait now, or sent something lately and may stand behind this crowd in the topic,
        unread. Never ask for an event that came from the backfill topic: it would go in circles.
        """
        line = self._lines[Lane.LIVE]
        mine = line.of_tenant(tenant)
        if mine <= self._crowd:
            return False
        return line.tenants > 1 or self._neighbours.has(tenant)

    async def enter(self, ticket: Ticket) -> None:
        """Wait for a slot. Whoever returns from here calls ``leave`` once."""
        if ticket.lane is Lane.LIVE:
            self._neighbours.saw(ticket.tenant)
        if self._free > 0:
            self._begin(ticket)  # nobody waits while a slot is free
            return
        line = self._lines[ticket.lane]
        waiter = Waiter(ticket, asyncio.get_running_loop().create_future())
        line.add(waiter)
        try:
            await waiter.turn
        except BaseException:
            if waiter in line:
                line.remove(waiter)
            elif not waiter.turn.cancelled():
                self.leave(ticket)  # let in and cancelled in the same moment
            raise

    @property
    def _free(self) -> int:
        return self.slots - sum(self._active.values())

    def _begin(self, ticket: Ticket) -> None:
        self._active[ticket.lane] += 1
        self._active_of[ticket.lane][ticket.tenant] += 1

    def leave(self, ticket: Ticket) -> None:
        """Give the slot to whoever is next."""
        self._active[ticket.lane] -= 1
        of_tenant = self._active_of[ticket.lane]
        of_tenant[ticket.tenant] -= 1
        if not of_tenant[ticket.tenant]:
            del of_tenant[ticket.tenant]
        self._admit()

    def _admit(self) -> None:
        while self._free > 0 and (waiter := self._next()) is not None:
            line = self._lines[waiter.ticket.lane]
            line.remove(waiter)
            if waiter.turn.done():
                continue  # it gave up, and was not yet awake to say so
            line.move_on(waiter.ticket)
            self._begin(waiter.ticket)
            waiter.turn.set_result(None)

    def _next(self) -> Waiter | None:
        lane = self._next_lane()
        active = self._active_of[lane]
        return self._lines[lane].first(lambda tenant: active[tenant] >= self.tenant_slots)

    def _next_lane(self) -> Lane:
        if not self._lines[Lane.LIVE]:
            return Lane.BACKFILL
        may_go = self._lines[Lane.BACKFILL] and self._active[Lane.BACKFILL] < self.backfill_slots
        return Lane.BACKFILL if may_go else Lane.LIVE
