"""From costs and a demand to machines."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.sizing.figures import make_costs, make_engine
from worker.sizing.costs import Costs
from worker.sizing.curve import Curve, blend
from worker.sizing.demand import DAY_S, Demand
from worker.sizing.load import Missing, load_of
from worker.sizing.needs import PlanImpossible
from worker.sizing.partitions import EVEN, partitions_for, skew
from worker.sizing.plan import NETWORK_ALLOWANCE, REDIS_ALLOWANCE, Plan, make_plan

CALM: dict[str, Any] = {"burst": 1.0, "node_failures": 0, "p99_s": 3600.0}
"""Nothing but the mean rate to plan for."""


def plan_for(costs: Costs | None = None, **demand: Any) -> Plan:
    return make_plan(costs or make_costs(), Demand(**demand))


def test_the_mean_rate_alone_is_a_division() -> None:
    plan = plan_for(uploads_per_s=1000, duplicate_share=0.3, utilisation=0.7, **CALM)
    assert plan.fleet.workers == math.ceil(1000 * 0.7 / (28.0 * 0.7))
    assert plan.decided_by is not None
    assert plan.decided_by.name == "utilisation"
    assert plan.promise.utilisation == pytest.approx(700 / 28 / plan.fleet.workers)


def test_a_mix_costs_what_its_parts_cost() -> None:
    load = load_of(Demand(uploads_per_s=1, video_share=0.25), make_costs())
    assert 1 / load.capacity == pytest.approx(0.75 / 28 + 0.25 / 11)
    assert sum(kind.share * kind.work for kind in load.kinds) == pytest.approx(1)


def test_a_long_video_is_many_questions_and_decoded_in_as_many_windows() -> None:
    short, long = (
        load_of(Demand(uploads_per_s=1, video_share=1, video_seconds=s), make_costs())
        for s in (60.0, 61.0)
    )
    assert short.capacity == pytest.approx(11)
    assert long.capacity == pytest.approx(11 / 11)  # 61 s in windows of 6 s
    assert long.decode_s == pytest.approx(11 * short.decode_s)
    endless = load_of(Demand(uploads_per_s=1, video_share=1, video_seconds=1e5), make_costs())
    assert endless.kinds[0].questions == 100


def test_decoding_is_by_size() -> None:
    def cost(megapixels: float) -> float:
        return load_of(Demand(uploads_per_s=1, image_megapixels=megapixels), make_costs()).decode_s

    assert cost(2) == pytest.approx(0.05)
    assert cost(7) == pytest.approx(0.125)
    assert cost(24) == pytest.approx(0.4)
    assert cost(0.1) == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("tighter", "name"),
    [
        ({"burst": 4.0, "p99_s": 60.0}, "burst"),
        ({"node_failures": 5, "gpus_per_node": 8}, "node failures"),
        ({"p99_s": 3.0, "utilisation": 0.99}, "p99"),
        ({"duplicate_share": 0.99, "utilisation": 0.99}, "worker process"),
    ],
)
def test_each_promise_can_decide(tighter: dict[str, Any], name: str) -> None:
    demand = {"uploads_per_s": 500, **CALM}
    calm, tight = plan_for(**demand), plan_for(**{**demand, **tighter})
    assert calm.decided_by is not None
    assert tight.decided_by is not None
    assert (calm.decided_by.name, tight.decided_by.name) == ("utilisation", name)
    one_fewer = make_plan(make_costs(), tight.demand, tight.fleet.workers - 1)
    assert one_fewer.needs == ()


def test_more_is_asked_of_more_workers() -> None:
    least = plan_for(uploads_per_s=300).fleet.workers
    tighter: list[dict[str, Any]] = [
        {"uploads_per_s": 600},
        {"burst": 5.0},
        {"p99_s": 12.0},
        {"node_failures": 6},
    ]
    for more in tighter:
        assert plan_for(**{"uploads_per_s": 300, **more}).fleet.workers > least, more


def test_whoever_is_lost_must_leave_someone() -> None:
    plan = plan_for(uploads_per_s=0.01, node_failures=1, gpus_per_node=4)
    assert plan.fleet.workers == 5
    assert plan.fleet.survivors == 1
    assert plan.nodes == 2


@pytest.mark.parametrize(
    ("demand", "said"),
    [
        ({"p99_s": 0.5}, "--p99-seconds 0.5 .* one image alone takes 1.3"),
        ({"p99_s": 1.5, "video_share": 0.5}, "one video alone takes"),
    ],
)
def test_what_no_number_of_workers_keeps_is_refused(demand: dict[str, Any], said: str) -> None:
    with pytest.raises(PlanImpossible, match=said):
        plan_for(uploads_per_s=10, **demand)


def test_a_figure_that_was_not_measured_is_not_made_up() -> None:
    costs = make_costs()
    no_video = costs.model_copy(
        update={"engine": costs.engine.model_copy(update={"video": None})}, deep=True
    )
    assert plan_for(no_video, uploads_per_s=10).fleet.workers > 0
    with pytest.raises(Missing, match="no engine figures for one video"):
        plan_for(no_video, uploads_per_s=10, video_share=0.1)
    no_decode = costs.model_copy(update={"decode": costs.decode[-1:]})
    with pytest.raises(Missing, match="no decode figures for one image"):
        plan_for(no_decode, uploads_per_s=10)


def test_behind_the_last_measured_point_nothing_is_hoped_for() -> None:
    curve = Curve(((2, 4.0), (4, 6.0)))
    assert [curve.rate(n) for n in (1, 2, 3, 4, 400)] == [2, 4, 5, 6, 6]
    mixed = blend([(0.5, curve), (0.5, Curve(((2, 2.0), (8, 4.0))))])
    assert mixed.rate(2) == pytest.approx(1 / (0.5 / 4 + 0.5 / 2))
    small = make_costs(image=make_engine((1, 1.0), (2, 1.8)), max_num_seqs=64)
    assert load_of(Demand(uploads_per_s=1), small).capacity == pytest.approx(1.8)


def test_memory_storage_and_network_by_hand() -> None:
    plan = plan_for(
        uploads_per_s=100,
        duplicate_share=0.25,
        answer_days=2,
        retention_days=3,
        replication=2,
        image_bytes=1_000_000,
    )
    assert plan.answers_kept == pytest.approx(75 * 2 * DAY_S)
    assert plan.redis_bytes == pytest.approx(75 * 2 * DAY_S * 2500 * REDIS_ALLOWANCE)
    assert plan.upload_topic_bytes == pytest.approx(100 * 400 * 3 * DAY_S * 2)
    assert plan.verdict_topic_bytes == pytest.approx(100 * 2500 * 3 * DAY_S * 2)
    assert plan.network_bits == pytest.approx(100 * (1_000_000 + 2900) * 8 * NETWORK_ALLOWANCE)


def test_the_network_is_not_known_without_the_sizes_of_media() -> None:
    plan = plan_for(uploads_per_s=100, video_share=0.1, image_bytes=1e6)
    assert plan.network_bits is None
    assert plan.network_missing is not None
    assert "--video-bytes" in plan.network_missing


@pytest.mark.parametrize("workers", [1, 2, 3, 7, 64, 1000])
def test_partitions_are_even_before_a_failure_and_nearly_so_after(workers: int) -> None:
    survivors = max(1, workers - 1)
    partitions = partitions_for(workers, survivors)
    assert skew(partitions, workers) == 1
    assert partitions >= 2 * workers
    best = min(skew(workers * each, survivors) for each in range(2, 13))
    assert skew(partitions, survivors) <= max(EVEN, best)


def test_keda_does_not_scale_on_what_is_in_work_anyway() -> None:
    plan = plan_for(uploads_per_s=500, p99_s=3600)
    assert plan.lag_threshold == round(28 * 3600 / 2)
    tight = plan_for(uploads_per_s=500, p99_s=12.0)
    usual = tight.promise.steady_lag / tight.fleet.workers
    assert tight.lag_threshold > usual
