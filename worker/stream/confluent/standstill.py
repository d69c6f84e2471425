"""Partitions that give nothing though there is something in them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from worker.stream.ledger import Partition

PATIENCE_S = 3.0
"""For which a partition may give nothing before it is looked at: fetches of a busy broker, and the
transactions of others, take less."""


@dataclass(frozen=True, slots=True)
class _Still:
    position: int
    since: float
    looked_at_end: int | None = None


class Standstill:
    """Which partitions stand still.

    librdkafka 2.16 says nothing of a record that is broken inside of a batch whose checksum is
    right: it fetches the batch again and again.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._still: dict[Partition, _Still] = {}

    def find(
        self, positions: Mapping[Partition, int], ends: Mapping[Partition, int]
    ) -> list[Partition]:
        """Those that were behind their end, at one position, for longer than patience lasts.

        Each is named once, and again when it moved or its log grew: behind the last record there
        may be the marker of a transaction, which no consumer gives.
        """
        now, found = self._monotonic(), []
        self._still = {
            partition: one
            for partition, one in self._still.items()
            if positions.get(partition) == one.position
        }
        for partition, position in positions.items():
            end = ends.get(partition, 0)
            if position >= end:
                self._still.pop(partition, None)
                continue
            one = self._still.setdefault(partition, _Still(position, now))
            if now - one.since >= PATIENCE_S and one.looked_at_end != end:
                self._still[partition] = _Still(position, one.since, end)
                found.append(partition)
        return found
