"""A plan put to the test: at its mean rate, in a burst, and with the loss of nodes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from worker.sizing.plan import Plan
from worker.sizing.promise import SHARE
from worker.sizing.simulation.arrivals import Segment, one_burst, steady
from worker.sizing.simulation.assignment import Assignment
from worker.sizing.simulation.fleet import Failure, FleetRun
from worker.sizing.simulation.measures import (
    Held,
    caught_up_after,
    grows,
    lag_over_time,
    quantile,
    waits,
)
from worker.sizing.simulation.worker import Machine

UPLOADS = 600_000
"""Most uploads of one stretch, about: less than a minute for all three on a slow core. More workers
than have so many are sampled."""

FEWEST = 12
"""Workers simulated at least, if there are so many."""

WARM_S = 60.0
"""Before anything is measured, at least: the engines are empty at the start."""

STEADY_S = 300.0
"""Measured at the mean rate, at least."""

TIMES = 10
"""Of the mean time to an answer: a stretch must be much longer than what is measured in it."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What was seen in one stretch. Seconds are from arrival to answer, duplicates included."""

    name: str
    uploads: float
    """That it is about, in the whole fleet."""
    simulated_workers: int
    p50_s: float
    p99_s: float
    lag: float
    """Uploads without an answer, at most."""
    drain_s: float | None = None
    """After a failure, from when others read the partitions until those have caught up;
    infinite if they do not."""


@dataclass(frozen=True, slots=True)
class Check:
    """One promise: what was asked, what the formulas say, what was seen."""

    name: str
    asked: float
    formula: float
    seen: float

    @property
    def holds(self) -> bool:
        """By what was seen."""
        return self.seen <= self.asked


@dataclass(frozen=True, slots=True)
class Simulated:
    """All stretches, and what they say about the plan."""

    seed: int
    stretches: tuple[Stretch, ...]
    checks: tuple[Check, ...]

    @property
    def holds(self) -> bool:
        """Whether every promise does."""
        return all(check.holds for check in self.checks)


def simulate(
    plan: Plan, *, seed: int = 0, uploads: int = UPLOADS, tick: Callable[[], None] = lambda: None
) -> Simulated:
    """Three stretches, or two where no node may be lost. ``tick`` is told of each worker."""
    run = _Runner(plan, seed, uploads, tick)
    demand, promise = plan.demand, plan.promise
    usual, burst = run.mean_rate(), run.burst()
    stretches = [usual, burst]
    checks = [
        Check("p99 at the mean rate", demand.p99_s, promise.steady_p99_s, usual.p99_s),
        Check("p99 in a burst", demand.p99_s, promise.burst_p99_s, burst.p99_s),
    ]
    if plan.fleet.lost:
        lost = run.failure()
        assert lost.drain_s is not None
        stretches.append(lost)
        checks.append(
            Check("caught up after a failure", demand.recovery_s, promise.drain_s, lost.drain_s)
        )
    return Simulated(seed, tuple(stretches), tuple(checks))


@dataclass(frozen=True, slots=True)
class _Runner:
    plan: Plan
    seed: int
    uploads: int
    tick: Callable[[], None]

    @property
    def _warm_s(self) -> float:
        return max(WARM_S, TIMES * self._mean_s)

    @property
    def _mean_s(self) -> float:
        """Of an engine that is full where the mean has no bound."""
        mean_s = self.plan.promise.steady_mean_s
        return mean_s if math.isfinite(mean_s) else self.plan.load.limit / self.plan.load.capacity

    def mean_rate(self) -> Stretch:
        begin_s = self._warm_s
        seconds = begin_s + max(STEADY_S, 2 * TIMES * self._mean_s)
        held, workers = self._run(steady(self.plan.demand.uploads_per_s, seconds), None, 0)
        told = self._told("mean rate", held, workers, begin_s, seconds)
        # A queue that grows has no p99, however short it still is when the stretch ends.
        if grows(*lag_over_time(held, seconds), begin_s, seconds):
            return replace(told, p99_s=math.inf)
        return told

    def burst(self) -> Stretch:
        demand, begin_s = self.plan.demand, self._warm_s
        end_s = begin_s + demand.burst_s
        segments = one_burst(
            demand.uploads_per_s, demand.burst, begin_s, demand.burst_s, end_s + demand.burst_s
        )
        held, workers = self._run(segments, None, 1)
        return self._told("burst", held, workers, begin_s, end_s)

    def failure(self) -> Stretch:
        demand, at_s = self.plan.demand, self._warm_s
        read_again_s = at_s + demand.blind_s
        # Long enough to see that it is not kept, where it is not.
        drain_s = min(self.plan.promise.drain_s, demand.recovery_s)
        back_at_s = read_again_s + 1.5 * drain_s + WARM_S
        seconds = back_at_s + WARM_S
        lost = Failure(at_s, read_again_s, back_at_s)
        held, workers = self._run(steady(demand.uploads_per_s, seconds), lost, 2)
        told = self._told("loss of nodes", held, workers, at_s, seconds)
        times, lag = lag_over_time([one for one in held if one.receiver], seconds)
        drained_s = caught_up_after(times, lag, read_again_s, back_at_s)
        return replace(told, drain_s=drained_s)

    def _run(
        self, segments: Sequence[Segment], failure: Failure | None, place: int
    ) -> tuple[list[Held], int]:
        fleet, demand = self.plan.fleet, self.plan.demand
        per_worker = sum(s.rate * (s.end_s - s.start_s) for s in segments) / fleet.workers
        most = max(FEWEST, int(self.uploads / max(1.0, per_worker)))
        run = FleetRun(
            Assignment(fleet.workers, fleet.partitions, fleet.lost if failure else 0),
            Machine(
                self.plan.load.curve.rates(self.plan.load.limit),
                fleet.decoders,
                demand.max_in_flight,
            ),
            self.plan.load,
            segments,
            # Each stretch has a chance of its own.
            self.seed * 3 + place,
            failure,
            most,
            self.tick,
        )
        held = run.run()
        return held, len(run.sample.survivors) + len(run.sample.failed)

    def _told(
        self, name: str, held: Sequence[Held], workers: int, begin_s: float, end_s: float
    ) -> Stretch:
        """About the uploads that came between two times."""
        arrived, took, weight = waits(held)
        these = (arrived >= begin_s) & (arrived < end_s)
        took, weight = took[these], weight[these]
        times, lag = lag_over_time(held, end_s)
        return Stretch(
            name,
            float(np.sum(weight)),
            workers,
            quantile(took, weight, 0.5),
            quantile(took, weight, SHARE),
            float(lag[times >= begin_s].max(initial=0.0)),
        )
