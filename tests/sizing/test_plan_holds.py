"""Plans, put to the test by the simulation."""

from __future__ import annotations

import math

import pytest

from tests.sizing.figures import make_costs
from worker.sizing.demand import Demand
from worker.sizing.plan import make_plan
from worker.sizing.simulation.check import Simulated, simulate

UPLOADS = 40_000
"""Of a stretch: less than a person would take, to be done in seconds."""


def check_of(simulated: Simulated) -> dict[str, tuple[float, float, float]]:
    return {c.name: (c.asked, c.formula, c.seen) for c in simulated.checks}


@pytest.mark.parametrize("rate", [20, 300, 5_000, 100_000])
def test_a_plan_holds(rate: float) -> None:
    demand = Demand(uploads_per_s=rate, video_share=0.1, duplicate_share=0.3)
    plan = make_plan(make_costs(), demand)
    simulated = simulate(plan, uploads=UPLOADS)
    assert simulated.holds, check_of(simulated)
    assert simulated.stretches[0].uploads == pytest.approx(rate * 300, rel=0.05)
    for name, (_, formula, seen) in check_of(simulated).items():
        if name.startswith("p99"):
            # The formulas add up the stages' p99: above what is seen, and not by far.
            assert 0.35 * formula < seen < 1.05 * formula, name
        else:
            assert seen < 2 * formula, name
    assert simulated.stretches[0].lag == pytest.approx(plan.promise.steady_lag, rel=1.0)


@pytest.mark.parametrize("share", [0.0, 0.6])
def test_a_plan_holds_with_whole_nodes_lost(share: float) -> None:
    demand = Demand(
        uploads_per_s=400, duplicate_share=share, gpus_per_node=4, node_failures=2, burst=1.5
    )
    plan = make_plan(make_costs(), demand)
    assert plan.fleet.lost == 8
    simulated = simulate(plan, uploads=UPLOADS)
    assert simulated.holds, check_of(simulated)
    lost = simulated.stretches[2]
    orphans = 400 * 8 / plan.fleet.workers * demand.blind_s
    assert lost.lag > 0.8 * orphans


def test_one_gpu_too_few_shows() -> None:
    """At a load where the plan has nothing to spare, so that one fewer cannot carry it."""
    demand = Demand(uploads_per_s=105, utilisation=0.95, burst=1.0, node_failures=0, p99_s=120)
    plan = make_plan(make_costs(), demand)
    assert plan.fleet.workers == 4
    assert simulate(plan, uploads=UPLOADS).holds
    fewer = simulate(make_plan(make_costs(), demand, 3), uploads=UPLOADS)
    assert not fewer.holds
    assert math.isinf(check_of(fewer)["p99 at the mean rate"][2])
    assert fewer.stretches[0].lag > 10 * plan.promise.steady_lag


def test_without_a_spare_node_its_loss_is_never_caught_up_with() -> None:
    demand = Demand(uploads_per_s=75, utilisation=0.95, burst=1.0, node_failures=1, p99_s=300)
    needed = make_plan(make_costs(), demand)
    assert needed.decided_by is not None
    assert needed.decided_by.name == "node failures"
    bare = make_plan(make_costs(), demand, needed.fleet.workers - 1)
    checks = check_of(simulate(bare, uploads=UPLOADS))
    asked, _, seen = checks["caught up after a failure"]
    assert seen > asked
    assert checks["p99 at the mean rate"][2] < demand.p99_s
