"""The events of one lane that wait, in the order of their turns."""

from __future__ import annotations

import asyncio
from bisect import bisect_left, insort
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from worker.domain.lane import Lane


@dataclass(frozen=True, slots=True)
class Ticket:
    """What an event's turn depends on."""

    lane: Lane = Lane.LIVE
    priority: int = 0
    """Lower is served first, as in the upload event."""
    tenant: str = "default"


@dataclass(frozen=True, slots=True, eq=False)
class Waiter:
    """One event that waits."""

    ticket: Ticket
    turn: asyncio.Future[None]
    """Done when it is its turn, cancelled when it gave up."""


class WaitingLine:
    """By priority, then round robin over tenants, then first come, first served.

    To add, to remove and to move on take constant time, and O(p) with p different priorities
    (201 at most in upload events) where one begins or ends. ``OrderedDict`` and not ``dict``: the
    first key of a ``dict`` whose first keys were deleted one after the other is found in O(n).
    """

    def __init__(self) -> None:
        self._rings: dict[int, OrderedDict[str, OrderedDict[Waiter, None]]] = {}
        self._priorities: list[int] = []
        self._by_tenant: Counter[str] = Counter()
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def __contains__(self, waiter: Waiter) -> bool:
        ring = self._rings.get(waiter.ticket.priority)
        return ring is not None and waiter in ring.get(waiter.ticket.tenant, ())

    def of_tenant(self, tenant: str) -> int:
        """Waiting events of one tenant."""
        return self._by_tenant.get(tenant, 0)

    @property
    def tenants(self) -> int:
        """Tenants that wait."""
        return len(self._by_tenant)

    def add(self, waiter: Waiter) -> None:
        """To the end: of its tenant's events, and a new tenant to the end of the round."""
        priority, tenant = waiter.ticket.priority, waiter.ticket.tenant
        ring = self._rings.get(priority)
        if ring is None:
            ring = self._rings[priority] = OrderedDict()
            insort(self._priorities, priority)
        ring.setdefault(tenant, OrderedDict())[waiter] = None
        self._by_tenant[tenant] += 1
        self._length += 1

    def remove(self, waiter: Waiter) -> None:
        """It does not wait any more. Its tenant keeps its place in the round."""
        priority, tenant = waiter.ticket.priority, waiter.ticket.tenant
        ring = self._rings[priority]
        del ring[tenant][waiter]
        if not ring[tenant]:
            del ring[tenant]
        if not ring:
            del self._rings[priority]
            del self._priorities[bisect_left(self._priorities, priority)]
        self._length -= 1
        self._by_tenant[tenant] -= 1
        if not self._by_tenant[tenant]:
            del self._by_tenant[tenant]

    def move_on(self, ticket: Ticket) -> None:
        """The tenant had its turn at this priority: to the end of the round."""
        ring = self._rings.get(ticket.priority)
        if ring is not None and ticket.tenant in ring:
            ring.move_to_end(ticket.tenant)

    def first(self, passed_over: Callable[[str], bool]) -> Waiter | None:
        """Whose turn it is: the first whose tenant is not passed over, or else simply the first.

        A tenant that is passed over keeps its place, and has its turn as soon as it may. Looks at
        no more tenants than are passed over, at each priority.
        """
        first: Waiter | None = None
        for priority in self._priorities:
            for tenant, waiters in self._rings[priority].items():
                waiter = next(iter(waiters))
                if not passed_over(tenant):
                    return waiter
                first = first or waiter
        return first
