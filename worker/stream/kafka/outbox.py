"""Outcomes that wait for their transaction."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from worker.domain.failure import Systemic
from worker.domain.record import Message
from worker.stream.ledger import Ledger, Partition
from worker.stream.protocol import Delivery


@dataclass(frozen=True, slots=True)
class Held:
    """One outcome, and who waits for it to be published."""

    delivery: Delivery
    message: Message
    published: asyncio.Future[None]
    stored: Callable[[Any], None]
    """Told where the brokers put it, before its transaction is committed."""

    @property
    def partition(self) -> Partition:
        """That of the record."""
        record = self.delivery.record
        return Partition(record.topic, record.partition)


class Outbox:
    """Held outcomes. Put from the event loop, taken from the consumer's thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[tuple[Partition, int, int], Held] = {}

    def put(self, held: Held) -> None:
        """Hold an outcome until its transaction."""
        delivery = held.delivery
        with self._lock:
            self._held[held.partition, delivery.epoch, delivery.record.offset] = held

    def before(self, offsets: dict[Partition, int], ledger: Ledger) -> list[Held]:
        """Those of records before these offsets, in their order, under a current assignment."""
        with self._lock:
            found = [
                held
                for held in self._held.values()
                if held.delivery.record.offset < offsets.get(held.partition, -1)
                and ledger.is_current(held.delivery)
            ]
        return sorted(found, key=lambda held: (held.partition, held.delivery.record.offset))

    def superseded(self, ledger: Ledger) -> list[Held]:
        """Those whose assignment is over: whoever has the partition now comes to them again."""
        with self._lock:
            return [held for held in self._held.values() if not ledger.is_current(held.delivery)]

    def settle(self, all_held: Iterable[Held], failure: Systemic | None = None) -> None:
        """Let go of these, and tell those who wait."""
        for held in all_held:
            with self._lock:
                delivery = held.delivery
                self._held.pop((held.partition, delivery.epoch, delivery.record.offset), None)
            loop = held.published.get_loop()
            if not loop.is_closed():
                loop.call_soon_threadsafe(_tell, held.published, failure)

    def __len__(self) -> int:
        return len(self._held)


def _tell(published: asyncio.Future[None], failure: Systemic | None) -> None:
    if published.done():
        return
    if failure is None:
        published.set_result(None)
    else:
        published.set_exception(failure)
