"""A plan in lines: what is needed, and how that was worked out."""

from __future__ import annotations

from dataclasses import dataclass

from worker.sizing.demand import Demand
from worker.sizing.needs import PLUMBING_UTILISATION
from worker.sizing.partitions import EVEN, GROWTH
from worker.sizing.plan import LAG_SHARE, NETWORK_ALLOWANCE, REDIS_ALLOWANCE, Plan
from worker.sizing.promise import DECODE_UTILISATION
from worker.units import as_bits, as_bytes, as_count, as_seconds

MANY_PARTITIONS = 10_000
"""Of one topic, from which on a broker's or a controller's own limits should be looked up."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line."""

    name: str
    figure: str
    how: str
    """The formula, with its figures."""


def machine_rows(plan: Plan) -> tuple[Row, ...]:
    """What to buy and to set."""
    demand, load, fleet = plan.demand, plan.load, plan.fleet
    by = plan.decided_by
    each = fleet.partitions // fleet.workers if fleet.workers else 0
    return (
        Row(
            "GPUs (workers)",
            as_count(fleet.workers),
            f"the largest of the needs below: {by.name}" if by else "given by --workers",
        ),
        Row("nodes", as_count(plan.nodes), f"workers / {demand.gpus_per_node} a node, rounded up"),
        Row(
            "decode cores a GPU",
            as_count(fleet.decoders),
            f"{load.capacity:.4g} new/s of a full engine x {load.decode_s:.3g} core seconds /"
            f" {DECODE_UTILISATION:.0%}; `decode.processes`. Add one core for the worker, one for"
            " the engine's own loop",
        ),
        Row(
            "partitions",
            as_count(fleet.partitions) + (" (!)" if fleet.partitions > MANY_PARTITIONS else ""),
            f"{each} a worker: a multiple, at least {GROWTH} each to grow, and so many that after a"
            f" failure no survivor has over {EVEN:g} of the mean where 12 each can do that"
            + (
                "; look up what your brokers allow, or share the stream out over several topics"
                if fleet.partitions > MANY_PARTITIONS
                else ""
            ),
        ),
        *_memory_rows(plan),
        *_traffic_rows(plan),
        Row(
            "KEDA lagThreshold",
            as_count(plan.lag_threshold),
            f"what one worker answers in {LAG_SHARE:g} of the p99, and at least twice its usual"
            f" lag; minReplicaCount {as_count(fleet.workers)}, maxReplicaCount"
            f" {as_count(fleet.partitions)} at most",
        ),
    )


def _memory_rows(plan: Plan) -> tuple[Row, ...]:
    demand = plan.demand
    return (
        Row(
            "Redis memory",
            as_bytes(plan.redis_bytes),
            f"{plan.answers_kept:,.4g} answers (new rate x {demand.answer_days:g} days) x measured"
            f" bytes x {REDIS_ALLOWANCE:g}",
        ),
        Row(
            "pixels in flight a worker",
            as_bytes(plan.pixels_bytes),
            "1.5 batches x bytes of pixels of the larger kind",
        ),
    )


def _traffic_rows(plan: Plan) -> tuple[Row, ...]:
    demand = plan.demand
    if plan.network_bits is None:
        network = Row("network into workers", "not known", str(plan.network_missing))
    else:
        network = Row(
            "network into workers",
            f"{as_bits(plan.network_bits)}, {as_bits(plan.network_bits / plan.fleet.workers)} each",
            f"uploads/s x (media + events) x 8 x {NETWORK_ALLOWANCE:g}; times {demand.burst:g}"
            " in a burst",
        )
    kept = f"events/s x bytes x {demand.retention_days:g} days x {demand.replication} copies"
    return (
        network,
        Row("upload topic", as_bytes(plan.upload_topic_bytes), f"{kept}, uncompressed"),
        Row("verdict topic", as_bytes(plan.verdict_topic_bytes), f"{kept}, uncompressed"),
    )


def need_rows(plan: Plan) -> tuple[Row, ...]:
    """How many workers each promise needs by itself."""
    return tuple(Row(need.name, as_count(need.workers), need.why) for need in plan.needs)


def promise_rows(plan: Plan) -> tuple[Row, ...]:
    """What the formulas say of the fleet."""
    promise, demand = plan.promise, plan.demand
    rows = [
        Row("engine used", f"{promise.utilisation:.0%}", "rho = new/s / (workers x capacity)"),
        Row(
            "mean to a verdict",
            as_seconds(promise.steady_mean_s),
            "decode wait (Allen-Cunneen) + decode + L / lambda of the engine (Little)",
        ),
        Row(
            "p99",
            as_seconds(promise.steady_p99_s),
            "sum of the stages' p99: above that of the sum",
        ),
        Row("p99 in a burst", as_seconds(promise.burst_p99_s), "fluid + diffusion, see above"),
        Row("lag", as_count(promise.steady_lag), "new/s x mean (Little)"),
    ]
    if plan.fleet.lost:
        rows += [
            Row(
                "engine used after a failure",
                f"{promise.survivors_utilisation:.0%}",
                f"without {plan.fleet.lost} workers, of the one with the most partitions",
            ),
            Row(
                "lag after a failure",
                as_count(promise.failure_lag),
                f"the lost part of the stream x {demand.blind_s:g} s until others read it",
            ),
            Row("caught up within", as_seconds(promise.drain_s), "that, over the spare rate"),
        ]
    return tuple(rows)


FORMULAS = (
    (
        "A new upload costs the engine s = sum of share x questions / rate seconds; a full engine "
        "answers X = 1/s of the mix. The rate with n in it, X(n), is the measured curve: a "
        "straight line between two points, flat behind the last. rho = lambda / (m X)."
    ),
    (
        "The number in one engine is a birth-death process with death rates X(n), constant above "
        "max_num_seqs; with X(n) = n/s it is M/M/c and its probability to wait is Erlang's C. The "
        "wait beyond that is exponential with the spare rate X - lambda, times (1 + Cs^2)/2 "
        "(Allen, Cunneen), where Cs^2 is that of the work of the mix. The decode processes are "
        "M/G/c likewise."
    ),
    (
        "In a burst the number in the system is a fluid, dN/dt = lambda - X(N), and on top the "
        "diffusion's spread sqrt((lambda + X Cs^2) t). After a failure it falls by the same rule, "
        "from what nobody read for session timeout and rebalance. Duplicates cost the worker's "
        f"process only, at most {PLUMBING_UTILISATION:.0%} of one core."
    ),
    (
        "Not in it: the time of the fetch, a slow Kafka or Redis, uploads that are far from the "
        "mean you tell, duplicates that come while the first is in work (they wait for it), "
        "retries."
    ),
)
"""Paragraphs."""


def assumed_of(demand: Demand) -> str:
    """What was taken for granted, in one line."""
    sizes = [
        f"{name} of the measured media"
        for name, value in (
            ("pictures", demand.image_megapixels),
            ("videos", demand.video_megapixels),
        )
        if value is None and not (name == "videos" and demand.video_share == 0)
    ]
    return (
        f"{demand.uploads_per_s:,.6g} uploads/s, {demand.video_share:.0%} videos of"
        f" {demand.video_seconds:g} s, {demand.duplicate_share:.0%} known already"
        + (f"; sizes: {' and '.join(sizes)}" if sizes else "")
    )
