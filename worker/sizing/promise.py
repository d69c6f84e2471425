"""What a fleet of so many workers keeps, in closed form."""

from __future__ import annotations

import math
from dataclasses import dataclass

from worker.sizing.demand import Demand
from worker.sizing.load import Load
from worker.sizing.partitions import partitions_for, skew
from worker.sizing.queueing import (
    BatchServer,
    Overloaded,
    after_burst,
    batch_server,
    drain_seconds,
    many_servers,
)

SHARE = 0.99
"""Of the uploads that a promise is about: p99."""

NORMAL_99 = 2.33
"""The 99th percentile of the standard normal distribution: for what varies within one kind."""

DECODE_UTILISATION = 0.85
"""Of the decode cores, with the engine full: an engine that waits for pixels costs more than a
core."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """Workers, and what they share."""

    workers: int
    lost: int
    """Workers that go at once with the nodes that may be lost."""
    partitions: int
    decoders: int
    """Decode processes, and so cores, of one worker."""

    @property
    def survivors(self) -> int:
        """Workers left."""
        return self.workers - self.lost


@dataclass(frozen=True, slots=True)
class Promise:
    """Seconds are from the upload's arrival in Kafka to its verdict, without the fetch.

    ``math.inf`` where there is no bound.
    """

    utilisation: float
    """Of an engine, by the mean rate."""
    steady_mean_s: float
    steady_p99_s: float
    burst_p99_s: float
    """Of the uploads that come in a burst, or in what it leaves behind."""
    survivors_utilisation: float
    """Of the busiest survivor."""
    drain_s: float
    """From the moment when others read a lost node's partitions until they have caught up."""
    steady_lag: float
    """Uploads that are not answered yet, in all, on average."""
    failure_lag: float
    """Likewise, at most after a failure."""


def fleet_of(load: Load, demand: Demand, workers: int) -> Fleet:
    """Of so many workers; at least one survives."""
    lost = demand.node_failures * demand.gpus_per_node
    survivors = max(1, workers - lost)
    cores = load.capacity * load.decode_s / DECODE_UTILISATION
    return Fleet(
        workers=workers,
        lost=workers - survivors,
        partitions=partitions_for(workers, survivors),
        decoders=max(1, math.ceil(cores - 1e-9)),
    )


def promise_of(load: Load, demand: Demand, fleet: Fleet) -> Promise:
    """Every figure for a fleet."""
    new = demand.uploads_per_s * (1 - load.duplicate_share)
    each = new / fleet.workers
    busiest = new / fleet.survivors * skew(fleet.partitions, fleet.survivors)
    mean_s, p99_s = _steady(load, fleet, each)
    # Duplicates are answered at once: among all uploads they only shorten the times.
    blind_lag = demand.uploads_per_s * fleet.lost / fleet.workers * demand.blind_s
    steady_lag = new * mean_s
    return Promise(
        utilisation=each / load.capacity,
        steady_mean_s=mean_s,
        steady_p99_s=p99_s,
        burst_p99_s=_in_burst(load, demand, fleet, each, p99_s),
        survivors_utilisation=busiest / load.capacity,
        drain_s=_drain(load, demand, fleet, each, busiest),
        steady_lag=steady_lag,
        failure_lag=steady_lag + blind_lag,
    )


def engine_of(load: Load, arrivals: float) -> BatchServer:
    """One worker's engine at so many new uploads a second. Raises ``Overloaded``."""
    return batch_server(arrivals, load.curve.rates(load.limit), load.scv)


def _steady(load: Load, fleet: Fleet, arrivals: float) -> tuple[float, float]:
    """Mean and p99."""
    try:
        engine = engine_of(load, arrivals)
        decoding = many_servers(arrivals, load.decode_s, fleet.decoders, load.decode_scv)
    except Overloaded:
        return math.inf, math.inf
    inside = max(1, engine.inside(SHARE))
    mean_s = decoding.mean_s + load.decode_s + engine.mean_s
    p99_s = (
        decoding.quantile_s(SHARE)
        + engine.waiting.quantile_s(SHARE)
        + _served(load, inside)
        + load.slowest(SHARE).decode_s
    )
    return mean_s, p99_s


def _served(load: Load, inside: int) -> float:
    """Seconds in an engine with so many in it, of the slowest kind that p99 is about."""
    kind = load.slowest(SHARE)
    spread = 1 + NORMAL_99 * math.sqrt(kind.scv)
    return kind.work * spread * inside / load.curve.rate(inside)


def _in_burst(load: Load, demand: Demand, fleet: Fleet, each: float, steady: float) -> float:
    """Of what comes at the end of the burst: the wait for all before it, then the service.

    If the burst is one that an engine keeps up with, it is at most as in a burst without end.
    """
    if math.isinf(steady) or demand.burst == 1:
        return steady
    rates, scv = load.curve.rates(load.limit), load.scv
    arrivals, capacity = each * demand.burst, load.capacity
    usual = engine_of(load, each)
    level = after_burst(arrivals, rates, demand.burst_s, usual.inside(0.5), scv, SHARE)
    wait, inside = max(0.0, level - load.limit) / capacity, min(load.limit, max(1, round(level)))
    if arrivals < capacity:
        endless = engine_of(load, arrivals)
        wait = min(wait, endless.waiting.quantile_s(SHARE))
        inside = min(inside, max(1, endless.inside(SHARE)))
    at_most = min(arrivals, capacity)  # behind a full engine decoding is no bottleneck
    decoding = many_servers(at_most, load.decode_s, fleet.decoders, load.decode_scv)
    served = _served(load, inside) + load.slowest(SHARE).decode_s
    return max(steady, wait + decoding.quantile_s(SHARE) + served)


def _drain(load: Load, demand: Demand, fleet: Fleet, each: float, busiest: float) -> float:
    """Of the survivor that got the most partitions: until it has but what it always has then.

    Ahead of it is what it had, what nobody read, and what was in work where it is lost.
    """
    if fleet.lost == 0:
        return 0.0
    try:
        before, after = engine_of(load, each), engine_of(load, busiest)
    except Overloaded:
        return math.inf
    new = demand.uploads_per_s * (1 - load.duplicate_share)
    own = fleet.partitions / fleet.workers
    moved = math.ceil(fleet.partitions / fleet.survivors) - own
    orphans = moved * new / fleet.partitions * (demand.blind_s + before.mean_s)
    level, usual = before.in_system + orphans, after.in_system * CAUGHT_UP
    return drain_seconds(busiest, load.curve.rates(load.limit), level, usual)


CAUGHT_UP = 1.05
"""Over the mean number in the system: a fluid comes near it and never quite there."""
