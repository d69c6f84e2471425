"""All workers of a fleet through one stretch of time, with a loss of nodes in it or without."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from worker.sizing.load import Load
from worker.sizing.simulation.arrivals import Segment, uploads_of
from worker.sizing.simulation.assignment import Assignment
from worker.sizing.simulation.measures import Held
from worker.sizing.simulation.sample import Sample, choose
from worker.sizing.simulation.worker import Machine, Upload, Worker


@dataclass(frozen=True, slots=True)
class Failure:
    """Some nodes are lost and come back."""

    at_s: float
    read_again_s: float
    """When others read their partitions: the session has timed out, the group has rebalanced."""
    back_at_s: float
    """When they have joined again and read their partitions as before."""


@dataclass
class FleetRun:
    """One stretch. The same seed gives the same stretch, whoever else is simulated."""

    assignment: Assignment
    machine: Machine
    load: Load
    segments: Sequence[Segment]
    seed: int
    failure: Failure | None = None
    most_workers: int = 100
    tick: Callable[[], None] = lambda: None
    """Told of each worker that is done."""
    held: list[Held] = field(default_factory=list)
    _left: dict[int, dict[int, list[Upload]]] = field(default_factory=dict)
    """What lost workers did not answer: by worker and partition."""

    def run(self) -> list[Held]:
        """Everything, to the last answer."""
        sample = self.sample
        if self.failure is None:
            for worker, weight in {**sample.survivors, **sample.failed}.items():
                self._undisturbed(worker, weight)
        else:
            self._with_failure(self.failure, sample)
        return self.held

    @property
    def sample(self) -> Sample:
        """Who is simulated."""
        return choose(self.assignment, self.most_workers, self.seed)

    def _undisturbed(self, number: int, weight: float) -> None:
        worker = self._begin(number)
        worker.run(math.inf)
        self._keep(weight, worker.finished)

    def _begin(self, number: int) -> Worker:
        worker = Worker(self.machine)
        worker.see(self._uploads(self.assignment.own(number)), at=0.0)
        return worker

    def _with_failure(self, failure: Failure, sample: Sample) -> None:
        moved = self.assignment.moved()
        for number, weight in sample.failed.items():
            self._lose(number, failure, weight)
        given: dict[int, list[Upload]] = {}
        for number, weight in sample.survivors.items():
            self._survive(number, moved.get(number, []), failure, weight, given)
        for number, weight in sample.failed.items():
            self._come_back(number, failure, weight, given)

    def _lose(self, number: int, failure: Failure, weight: float) -> None:
        """Up to the loss. With a weight of 0 only for those that get its partitions."""
        worker = self._begin(number)
        worker.run(failure.at_s)
        left = worker.die()
        by_partition: dict[int, list[Upload]] = {p: [] for p in self.assignment.own(number)}
        for upload in left:
            by_partition[upload.partition].append(upload)
        self._left[number] = by_partition
        if weight:
            in_work = [u for u in left if u.arrived < failure.at_s]
            self._keep(weight, worker.finished, given_up=in_work, at=failure.at_s)

    def _survive(
        self,
        number: int,
        moved: Sequence[int],
        failure: Failure,
        weight: float,
        given: dict[int, list[Upload]],
    ) -> None:
        worker = self._begin(number)
        worker.run(failure.read_again_s)
        for partition in moved:
            worker.see(self._orphans(partition, failure), at=failure.read_again_s)
        worker.run(failure.back_at_s)
        for partition in moved:
            given[partition] = worker.give_up({partition})
        worker.run(math.inf)
        back = [u for p in moved for u in given[p] if u.arrived < failure.back_at_s]
        self._keep(
            weight,
            worker.finished,
            given_up=back,
            at=failure.back_at_s,
            taken_over=set(moved),
            since=failure.at_s,
            receiver=bool(moved),
        )

    def _orphans(self, partition: int, failure: Failure) -> list[Upload]:
        owner = partition % self.assignment.workers
        if owner not in self._left:
            self._lose(owner, failure, weight=0.0)
        return self._left[owner][partition]

    def _come_back(
        self, number: int, failure: Failure, weight: float, given: dict[int, list[Upload]]
    ) -> None:
        worker, own = Worker(self.machine), self.assignment.own(number)
        for partition in own:
            worker.see(given[partition], at=failure.back_at_s)
        worker.run(math.inf)
        self._keep(weight, worker.finished, taken_over=set(own), since=failure.back_at_s)

    def _keep(
        self,
        weight: float,
        finished: Sequence[Upload],
        *,
        given_up: Sequence[Upload] = (),
        at: float = 0.0,
        taken_over: Iterable[int] = (),
        since: float = 0.0,
        receiver: bool = False,
    ) -> None:
        """``taken_over`` are partitions that this place answers for only since then."""
        later = set(taken_over)
        uploads = [*finished, *given_up]
        arrived = np.array([u.arrived for u in uploads], dtype=np.float64)
        entered = np.array(
            [max(u.arrived, since) if u.partition in later else u.arrived for u in uploads],
            dtype=np.float64,
        )
        left = np.array([*(u.done for u in finished), *(at for _ in given_up)], dtype=np.float64)
        done = np.arange(len(uploads)) < len(finished)
        self.held.append(Held(weight, arrived, entered, left, done, receiver))
        self.tick()

    def _uploads(self, partitions: Iterable[int]) -> list[Upload]:
        found: list[Upload] = []
        for partition in partitions:
            drawn = uploads_of(
                partition, self.assignment.partitions, self.segments, self.load, self.seed
            )
            found.extend(
                Upload(arrived, partition, work, decode_s)
                for arrived, work, decode_s in zip(
                    drawn.arrived.tolist(),
                    drawn.work.tolist(),
                    drawn.decode_s.tolist(),
                    strict=True,
                )
            )
        return found
