"""The simulation against closed forms, and what it must never do."""

from __future__ import annotations

import itertools
import math
from collections import Counter

import numpy as np
import pytest

from tests.sizing.loads import make_load
from worker.sizing.load import Load
from worker.sizing.queueing import batch_server, many_servers
from worker.sizing.simulation.arrivals import Segment, modulated, steady, uploads_of
from worker.sizing.simulation.assignment import Assignment
from worker.sizing.simulation.fleet import Failure, FleetRun
from worker.sizing.simulation.measures import Held, lag_over_time, quantile, waits
from worker.sizing.simulation.worker import HIT_S, Machine

WARM = 0.1
"""Part of a stretch that is not looked at."""


def run(
    load: Load,
    rate: float,
    seconds: float,
    *,
    decoders: int = 1,
    max_in_flight: int = 10**9,
    workers: int = 1,
    seed: int = 1,
) -> list[Held]:
    machine = Machine(load.curve.rates(load.limit), decoders, max_in_flight)
    group = Assignment(workers=workers, partitions=workers * 2, lost=0)
    return FleetRun(group, machine, load, steady(rate, seconds), seed).run()


def mean_time(held: list[Held], seconds: float) -> float:
    arrived, took, _ = waits(held)
    return float(took[arrived > WARM * seconds].mean())


@pytest.mark.parametrize("load", [0.5, 0.8])
@pytest.mark.parametrize(("name", "scv"), [("M/M/1", 1.0), ("M/D/1", 0.0)])
def test_one_server(name: str, scv: float, load: float) -> None:
    seconds = 60_000
    held = run(make_load({1: 1.0}, scv), load, seconds)
    expected = 1.0 + many_servers(load, 1.0, 1, scv).mean_s
    assert mean_time(held, seconds) == pytest.approx(expected, rel=0.06), name


@pytest.mark.parametrize("servers", [3, 20])
def test_many_servers(servers: int) -> None:
    seconds, arrivals = 60_000 / servers, 0.85 * servers
    load = make_load({n: float(n) for n in range(1, servers + 1)}, scv=1.0)
    held = run(load, arrivals, seconds)
    expected = 1.0 + many_servers(arrivals, 1.0, servers).mean_s
    assert mean_time(held, seconds) == pytest.approx(expected, rel=0.06)


def test_an_engine_that_gets_faster_with_more() -> None:
    rates, seconds = {1: 1.0, 4: 3.0, 16: 6.0}, 10_000
    load = make_load(rates, scv=1.0)
    held = run(load, 5.0, seconds)
    engine = batch_server(5.0, load.curve.rates(16))
    assert mean_time(held, seconds) == pytest.approx(engine.mean_s, rel=0.05)
    _, took, weight = waits(held)
    assert quantile(took, weight, 0.5) < engine.mean_s < quantile(took, weight, 0.99)


def test_decode_processes_are_a_queue_of_their_own() -> None:
    """M/D/1 before an engine so fast that it adds nothing."""
    seconds = 30_000
    held = run(make_load({1: 1e6}, scv=0.0, decode_s=1.0), 0.7, seconds)
    expected = 1.0 + many_servers(0.7, 1.0, 1, scv=0.0).mean_s
    assert mean_time(held, seconds) == pytest.approx(expected, rel=0.06)


def test_littles_law() -> None:
    seconds, rate = 20_000, 5.0
    held = run(make_load({1: 1.0, 16: 6.0}, scv=1.0), rate, seconds)
    times, lag = lag_over_time(held, seconds)
    seen = lag[(times > WARM * seconds) & (times < seconds)].mean()
    assert seen == pytest.approx(rate * mean_time(held, seconds), rel=0.05)


def test_duplicates_are_answered_at_once_and_cost_the_engine_nothing() -> None:
    load = make_load({1: 1.0}, scv=1.0, duplicate_share=0.5)
    held = run(load, 1.0, 20_000)
    _, took, _ = waits(held)
    known = np.isclose(took, HIT_S)
    assert known.mean() == pytest.approx(0.5, abs=0.02)
    assert took[~known].mean() == pytest.approx(1 / (1 - 0.5), rel=0.08)


def test_no_more_is_taken_than_may_be_in_flight() -> None:
    """And those behind wait in Kafka, known or not, in order."""
    load = make_load({4: 1.0}, scv=0.0, duplicate_share=0.3)
    machine = Machine(load.curve.rates(4), 1, 6)
    fleet = FleetRun(Assignment(1, 1, 0), machine, load, steady(3.0, 200), 1)
    worker = fleet._begin(0)
    worker.run(math.inf)
    assert worker.taken_at_most == 6
    slow = [u for u in worker.finished if u.work == 0 and u.done - u.arrived > 10 * HIT_S]
    assert slow, "a known upload behind a full worker waits, too"


def test_rates_change_by_the_markov_chain() -> None:
    segments = modulated(1.0, 9.0, 60.0, 20.0, 400_000, seed=3)
    mean = sum(s.rate * (s.end_s - s.start_s) for s in segments) / 400_000
    assert mean == pytest.approx((1.0 * 60 + 9.0 * 20) / 80, rel=0.05)
    assert segments[0].start_s == 0
    assert all(a.end_s == b.start_s for a, b in itertools.pairwise(segments))


def test_uploads_of_a_partition_do_not_depend_on_the_others() -> None:
    load, segments = make_load({1: 1.0}, 1.0), (Segment(0, 100, 50.0),)
    one = uploads_of(3, 10, segments, load, seed=5)
    assert np.array_equal(one.arrived, uploads_of(3, 10, segments, load, seed=5).arrived)
    assert not np.array_equal(one.arrived, uploads_of(4, 10, segments, load, seed=5).arrived)
    total = sum(len(uploads_of(p, 10, segments, load, seed=5).arrived) for p in range(10))
    assert total == pytest.approx(5000, rel=0.06)


LOST = Failure(at_s=60, read_again_s=110, back_at_s=300)


def failing(seed: int = 1, most: int = 1000, workers: int = 6, lost: int = 2) -> FleetRun:
    load = make_load({1: 1.0, 8: 4.0}, scv=0.5, decode_s=0.05, duplicate_share=0.2)
    machine = Machine(load.curve.rates(8), 1, 50)
    group = Assignment(workers, workers * 3, lost)
    rate = 2.0 * workers
    return FleetRun(group, machine, load, steady(rate, 400), seed, LOST, most_workers=most)


def test_no_upload_is_lost_and_none_is_answered_twice() -> None:
    fleet = failing()
    held = fleet.run()
    expected = Counter(
        float(at)
        for partition in range(18)
        for at in uploads_of(partition, 18, fleet.segments, fleet.load, fleet.seed).arrived
    )
    answered = Counter(float(at) for one in held for at in one.arrived[one.finished])
    assert answered == expected


def test_nobody_answers_for_a_lost_worker_until_the_group_has_noticed() -> None:
    fleet = failing()
    held = fleet.run()
    mine = {
        float(at)
        for p in fleet.assignment.own(5)
        for at in uploads_of(p, 18, fleet.segments, fleet.load, fleet.seed).arrived
        if LOST.at_s < at < LOST.read_again_s - 1
    }
    done = [
        left
        for one in held
        for at, left in zip(one.arrived[one.finished], one.left[one.finished], strict=True)
        if float(at) in mine
    ]
    assert len(done) == len(mine) > 50
    assert min(done) >= LOST.read_again_s


def test_the_same_seed_gives_the_same_and_another_does_not() -> None:
    first, again, other = (waits(failing(seed).run())[1] for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert len(first) != len(other)


def test_a_sample_of_the_workers_tells_about_all() -> None:
    whole, sample = failing(workers=60, lost=3), failing(workers=60, lost=3, most=15)
    told = []
    for fleet in (whole, sample):
        arrived, took, weight = waits(fleet.run())
        these = arrived < 300
        told.append(
            (
                weight[these].sum(),
                quantile(took[these], weight[these], 0.5),
                quantile(took[these], weight[these], 0.9),
            )
        )
    assert len(sample.held) < len(whole.held) / 2
    assert told[1] == pytest.approx(told[0], rel=0.1)


def test_partitions_of_a_lost_node_go_to_those_that_have_the_least() -> None:
    group = Assignment(workers=5, partitions=12, lost=1)
    moved = group.moved()
    counts = sorted(len(group.own(w)) + len(moved.get(w, [])) for w in group.survivors)
    assert counts == [3, 3, 3, 3]
    assert sorted(p for given in moved.values() for p in given) == list(group.own(4))
