"""Our stream alone: a record in, a message that is ready out, the offset committed behind it.

No validation, cache, fetch, decoding or model, for a peer's no-op handler has none of these either.
What a whole event costs is the row ``plumbing``.
"""

from __future__ import annotations

import asyncio

from worker.domain.record import Message, Outlet
from worker.stream.protocol import Delivery, Settlement, Source


class Noop:
    """Settles every delivery with the same message, under its own key; each in a task of its own.

    A worker does so, too: its events finish in any order.
    """

    def __init__(self, result: bytes) -> None:
        self._result = result

    async def run(self, source: Source, settlement: Settlement) -> None:
        """See ``Carrier``."""
        async with asyncio.TaskGroup() as in_flight:
            async for delivery in source.deliveries():
                in_flight.create_task(self._settle(delivery, settlement))

    async def _settle(self, delivery: Delivery, settlement: Settlement) -> None:
        message = Message(Outlet.VERDICTS, self._result, key=delivery.record.key)
        await settlement.settle(delivery, message)
