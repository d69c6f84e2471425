"""The closed forms against known values, and against one another."""

from __future__ import annotations

import math

import pytest

from worker.sizing.queueing import (
    Overloaded,
    after_burst,
    batch_server,
    drain_seconds,
    erlang_c,
    many_servers,
)


@pytest.mark.parametrize(
    ("servers", "offered", "expected"),
    # By the sum in Erlang's own form, worked out with fractions.
    [(1, 0.5, 1 / 2), (2, 1.0, 1 / 3), (3, 2.0, 4 / 9), (5, 4.0, 0.554113), (10, 7.0, 0.221733)],
)
def test_erlang_c(servers: int, offered: float, expected: float) -> None:
    assert erlang_c(servers, offered) == pytest.approx(expected, rel=1e-5)


def test_erlang_c_of_many_servers_does_not_overflow() -> None:
    assert 0 < erlang_c(5000, 4900) < 1


def test_a_queue_without_bound_is_told() -> None:
    with pytest.raises(Overloaded):
        erlang_c(2, 2.0)
    with pytest.raises(Overloaded):
        batch_server(3.0, (1.0, 2.0, 3.0))


def test_m_m_1_waits_as_in_the_books() -> None:
    wait = many_servers(arrivals=0.8, service_s=1.0, servers=1)
    assert wait.mean_s == pytest.approx(0.8 / (1 - 0.8))
    assert wait.quantile_s(0.99) == pytest.approx(math.log(0.8 / 0.01) / 0.2)
    assert wait.quantile_s(0.1) == 0


def test_m_d_1_waits_half_as_long() -> None:
    wait = many_servers(arrivals=0.8, service_s=1.0, servers=1, scv=0.0)
    assert wait.mean_s == pytest.approx(0.8 / (2 * (1 - 0.8)))


@pytest.mark.parametrize("load", [0.3, 0.9, 0.99])
@pytest.mark.parametrize("servers", [1, 4, 256])
def test_the_batch_server_with_even_rates_is_erlangs(servers: int, load: float) -> None:
    service_s = 3.0
    arrivals = load * servers / service_s
    engine = batch_server(arrivals, [n / service_s for n in range(1, servers + 1)])
    reference = many_servers(arrivals, service_s, servers)
    assert engine.waiting.probability == pytest.approx(reference.probability, rel=1e-9)
    assert engine.mean_s == pytest.approx(reference.mean_s + service_s, rel=1e-9)


def test_a_flat_curve_is_m_m_1() -> None:
    """However many share a server that gets no faster: processor sharing."""
    engine = batch_server(0.5, [1.0] * 40)
    assert engine.mean_s == pytest.approx(1 / (1 - 0.5))
    assert engine.inside(0.5) == 0
    assert engine.inside(0.99) == 6  # 1 - 0.5^(n + 1) first reaches 0.99 at n = 6


def test_a_burst_piles_up_what_the_engine_does_not_serve() -> None:
    level = after_burst(12.0, [10.0], 100.0, 0.0, 0.0, 0.5)
    spread = math.sqrt(12.0 * 100.0) * 0.6745  # the quartile, by the reflection principle
    assert level == pytest.approx(200 + spread, rel=1e-3)


def test_a_backlog_falls_by_the_spare_rate_or_never() -> None:
    assert drain_seconds(6.0, [10.0], 400.0, 0.5) == pytest.approx(100.0, rel=0.01)
    assert math.isinf(drain_seconds(10.0, [10.0], 400.0, 0.5))
