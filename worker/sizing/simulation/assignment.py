"""Who reads which partition: before a failure, during it, and after the return."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Assignment:
    """Partitions of a group's workers, shared out as cooperative-sticky does.

    Kafka's cooperative-sticky assignor keeps what a member has and gives what is left over to those
    that have the least (KIP-429, KIP-54).
    """

    workers: int
    partitions: int
    lost: int
    """The last workers so many: they stand on the nodes that are lost."""

    @property
    def survivors(self) -> range:
        """Workers that stay."""
        return range(self.workers - self.lost)

    @property
    def failed(self) -> range:
        """Workers that go, and come again."""
        return range(self.workers - self.lost, self.workers)

    def own(self, worker: int) -> range:
        """What a worker reads in good times."""
        return range(worker, self.partitions, self.workers)

    def moved(self) -> dict[int, list[int]]:
        """What each survivor gets during the failure: by worker, only those that get something."""
        load = {worker: len(self.own(worker)) for worker in self.survivors}
        order = sorted(self.survivors, key=lambda worker: (load[worker], worker))
        orphans = sorted(p for worker in self.failed for p in self.own(worker))
        given: dict[int, list[int]] = defaultdict(list)
        # Round after round over those with the least: with counts that differ by one at most, one
        # round fills up the lower ones and the next goes over all.
        lowest = [w for w in order if load[w] == load[order[0]]] if order else []
        receivers = _rounds(lowest, order)
        for partition, worker in zip(orphans, receivers, strict=False):
            given[worker].append(partition)
        return dict(given)


def _rounds(first: list[int], then: list[int]) -> Iterable[int]:
    if len(first) < len(then):
        yield from first
    while then:
        yield from then
