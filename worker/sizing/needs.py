"""How many workers each promise needs by itself: the largest of these numbers is the plan."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from worker.sizing.demand import Demand
from worker.sizing.load import Load
from worker.sizing.promise import Fleet, Promise, fleet_of, promise_of

MOST_WORKERS = 200_000
"""More would be no plan; the search ends there."""

PLUMBING_UTILISATION = 0.7
"""Most of its one core that a worker's own process may need, survivors of a failure included."""

SURVIVORS_UTILISATION = 0.95
"""Most of an engine after a failure: above, it never catches up in practice."""


class PlanImpossible(Exception):
    """No number of workers keeps what was asked; the text says which promise, and what to do."""


@dataclass(frozen=True, slots=True)
class Need:
    """One promise."""

    name: str
    workers: int
    """The fewest that keep it."""
    why: str
    """With the figures, for a person."""


@dataclass(frozen=True, slots=True)
class _Test:
    name: str
    keeps: Callable[[Fleet, Promise], bool]
    why: str
    """Of the need."""
    impossible: str
    """What to do where no number of workers keeps it."""


def needs_of(load: Load, demand: Demand) -> tuple[Need, ...]:
    """In the order in which they are looked at. Raises ``PlanImpossible``."""
    _check_alone(load, demand)
    return tuple(
        Need(test.name, fewest(load, demand, test.keeps, test.impossible), test.why)
        for test in _tests(load, demand)
    )


def fewest(
    load: Load, demand: Demand, keeps: Callable[[Fleet, Promise], bool], impossible: str
) -> int:
    """The least number of workers from which on a promise is kept. Raises ``PlanImpossible``."""

    def good(workers: int) -> bool:
        fleet = fleet_of(load, demand, workers)
        return keeps(fleet, promise_of(load, demand, fleet))

    high = 1
    while not good(high):
        high *= 2
        if high > MOST_WORKERS:
            raise PlanImpossible(impossible)
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if good(middle) else (middle, high)
    return high


def _check_alone(load: Load, demand: Demand) -> None:
    for kind in load.kinds:
        alone = kind.alone_s + kind.decode_s
        if kind.share > 0.01 and alone > demand.p99_s:
            raise PlanImpossible(
                f"--p99-seconds {demand.p99_s:g} cannot be kept by any number of workers: one"
                f" {kind.name} alone takes {alone:.3g} s in an idle worker. Allow more, or measure"
                " a faster engine"
            )


def _tests(load: Load, demand: Demand) -> tuple[_Test, ...]:
    new = demand.uploads_per_s * (1 - load.duplicate_share)
    lost = demand.node_failures * demand.gpus_per_node
    return (
        _Test(
            "utilisation",
            lambda _, promise: promise.utilisation <= demand.utilisation,
            f"{new:,.6g} new uploads/s over {load.capacity:.4g}/s of a full engine, at most"
            f" {demand.utilisation:.0%} used",
            "--utilisation is too low",
        ),
        _Test(
            "p99",
            lambda _, promise: promise.steady_p99_s <= demand.p99_s,
            f"99 % within {demand.p99_s:g} s at the mean rate",
            f"--p99-seconds {demand.p99_s:g} cannot be kept: allow more",
        ),
        _Test(
            "burst",
            lambda _, promise: promise.burst_p99_s <= demand.p99_s,
            f"99 % within {demand.p99_s:g} s in {demand.burst_s:g} s of {demand.burst:g} times"
            " the mean rate",
            f"--p99-seconds {demand.p99_s:g} cannot be kept in a burst: allow more",
        ),
        _Test(
            "node failures",
            lambda fleet, promise: (
                fleet.workers > lost
                and promise.survivors_utilisation <= SURVIVORS_UTILISATION
                and promise.drain_s <= demand.recovery_s
            ),
            f"without {lost} workers ({demand.node_failures} nodes) at most"
            f" {SURVIVORS_UTILISATION:.0%} used, and caught up within {demand.recovery_s:g} s",
            f"--recovery-seconds {demand.recovery_s:g} cannot be kept: allow more",
        ),
        _Test(
            "worker process",
            lambda fleet, _: _plumbing(load, demand, fleet.survivors) <= PLUMBING_UTILISATION,
            f"{load.plumbing_s * 1000:.3g} ms of the worker's own core for an upload, at most"
            f" {PLUMBING_UTILISATION:.0%} of it used",
            "the worker's own process is too slow for this rate",
        ),
    )


def _plumbing(load: Load, demand: Demand, workers: int) -> float:
    return demand.uploads_per_s / workers * load.plumbing_s if workers else math.inf
