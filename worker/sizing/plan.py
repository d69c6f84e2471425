"""From costs and a demand to machines."""

from __future__ import annotations

import math
from dataclasses import dataclass

from worker.sizing.costs import Costs
from worker.sizing.demand import DAY_S, Demand
from worker.sizing.load import Load, load_of
from worker.sizing.needs import Need, needs_of
from worker.sizing.promise import Fleet, Promise, fleet_of, promise_of

REDIS_ALLOWANCE = 1.5
"""Over the bytes of the answers: fragmentation, buffers of replicas and clients, leases, and what a
background save copies. Redis's own advice is to leave some room below ``maxmemory``."""

NETWORK_ALLOWANCE = 1.15
"""Over the bytes of media and events: TCP, TLS and HTTP headers, and some transfers twice."""

LAG_SHARE = 0.5
"""Of the p99 that the lag of one worker may stand for before KEDA adds another: starting one takes
time, too."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of everything. Sizes in bytes, rates in bits a second."""

    demand: Demand
    load: Load
    fleet: Fleet
    promise: Promise
    needs: tuple[Need, ...]
    """Empty where the number of workers was given by hand."""
    nodes: int
    answers_kept: float
    redis_bytes: float
    upload_topic_bytes: float
    verdict_topic_bytes: float
    network_bits: float | None
    """Into all workers. None where the sizes of media were not told."""
    network_missing: str | None
    """What to tell, to know it."""
    lag_threshold: int
    """KEDA's ``lagThreshold``: uploads a worker may be behind."""
    pixels_bytes: float
    """Of one worker at most: what is decoded and not answered yet."""

    @property
    def decided_by(self) -> Need | None:
        """The need that asks for the most workers."""
        return max(self.needs, key=lambda need: need.workers, default=None)


def make_plan(costs: Costs, demand: Demand, workers: int | None = None) -> Plan:
    """The plan; or what a number of workers given by hand comes to.

    Raises ``Missing`` and ``PlanImpossible``.
    """
    load = load_of(demand, costs)
    needs = needs_of(load, demand) if workers is None else ()
    if workers is None:
        workers = max(need.workers for need in needs)
    fleet = fleet_of(load, demand, workers)
    promise = promise_of(load, demand, fleet)
    new = demand.uploads_per_s * (1 - demand.duplicate_share)
    answers = new * demand.answer_days * DAY_S
    kept_s = demand.retention_days * DAY_S * demand.replication
    network, missing = _network(costs, demand)
    return Plan(
        demand=demand,
        load=load,
        fleet=fleet,
        promise=promise,
        needs=needs,
        nodes=math.ceil(workers / demand.gpus_per_node),
        answers_kept=answers,
        redis_bytes=answers * costs.bytes.cached_answer * REDIS_ALLOWANCE,
        upload_topic_bytes=demand.uploads_per_s * costs.bytes.upload_event * kept_s,
        verdict_topic_bytes=demand.uploads_per_s * costs.bytes.verdict_event * kept_s,
        network_bits=network,
        network_missing=missing,
        lag_threshold=_lag_threshold(load, demand, fleet, promise),
        pixels_bytes=_pixels(load),
    )


def _network(costs: Costs, demand: Demand) -> tuple[float | None, str | None]:
    """Every upload is fetched, for its hash tells whether it is known."""
    image, video = demand.image_bytes, demand.video_bytes
    if demand.video_share < 1 and image is None:
        return None, "tell --image-bytes: the mean size of a picture"
    if demand.video_share > 0 and video is None:
        return None, "tell --video-bytes: the mean size of a video"
    media = (1 - demand.video_share) * (image or 0) + demand.video_share * (video or 0)
    events = costs.bytes.upload_event + costs.bytes.verdict_event
    return demand.uploads_per_s * (media + events) * 8 * NETWORK_ALLOWANCE, None


def _lag_threshold(load: Load, demand: Demand, fleet: Fleet, promise: Promise) -> int:
    """What one worker answers in a part of the p99, and not less than what it has in work anyway.

    The second is the lag of good times, doubled: below it KEDA would add workers for nothing.
    """
    per_worker = load.capacity / (1 - load.duplicate_share)
    behind = per_worker * demand.p99_s * LAG_SHARE
    usual = promise.steady_lag / fleet.workers
    return max(1, round(max(behind, 2 * usual if math.isfinite(usual) else 0)))


def _pixels(load: Load) -> float:
    """Half a batch waits decoded beside the one that is worked on (``EngineConfig.in_flight``)."""
    return load.limit * 1.5 * max(kind.pixel_bytes for kind in load.kinds)
