"""Bounds as people type them, and the small questions of the command."""

from __future__ import annotations

import pytest

from worker.cli.lengths import LengthInvalid, parse_length
from worker.fetch.config import FetchConfig
from worker.stress.expectation import USUAL, Expectation, ExpectationInvalid
from worker.stress.locality import is_local
from worker.stress.reachable import obstacles

SEEN = {
    "sent": 1000.0,
    "lost": 0.0,
    "dead_letters": 2.0,
    "dead_letters.fetch_failed": 1.0,
    "p99_ms": 5000.0,
    "stage.engine.p99_ms": 80.0,
    "lag": None,
}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("p99_ms<=5000", True),
        ("p99_ms < 5s", False),
        ("p99_ms<=4.9s", False),
        ("p99_ms>=5000ms", True),
        ("lost==0", True),
        ("dead_letters<=0.1%", False),
        ("dead_letters<=0.2%", True),
        ("dead_letters.fetch_failed<=1", True),
        ("stage.engine.p99_ms<100", True),
        ("stage.teleport.p99_ms<100", False),
        ("lag<=1000000", False),
    ],
)
def test_a_bound_holds_or_not_and_what_is_not_known_does_not(text: str, holds: bool) -> None:
    checked = Expectation.parse(text).check(SEEN)
    assert checked.holds is holds
    assert (checked.seen == "not known") is (checked.value is None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no expectation"),
        ("p99_ms", "no expectation"),
        ("p99_ms=5", "no expectation"),
        ("p98_ms<=5", "no figure 'p98_ms'"),
        ("dead_letters.sunspots<=5", "no figure"),
        ("p99_ms<=5%", "does not count"),
        ("lost<=5s", "no time"),
    ],
)
def test_what_is_none_is_told(text: str, said: str) -> None:
    with pytest.raises(ExpectationInvalid, match=said):
        Expectation.parse(text)


def test_the_usual_ones_are_some() -> None:
    for text in USUAL:
        Expectation.parse(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("2m", 120), ("1.5h", 5400), ("500ms", 0.5), ("30", 30)],
)
def test_lengths_of_time(text: str, seconds: float) -> None:
    assert parse_length(text) == pytest.approx(seconds)
    for wrong in ("", "soon", "-2s", "2d", "1e9"):
        with pytest.raises(LengthInvalid, match="30s"):
            parse_length(wrong)


@pytest.mark.parametrize(
    ("servers", "local"),
    [
        (["localhost:9092"], True),
        (["127.0.0.1:9092", "[::1]:9092"], True),
        (["kafka-1:9092"], False),
        (["localhost:9092", "10.0.0.1:9092"], False),
        (["localhost.evil.example:9092"], False),
    ],
)
def test_only_this_machine_is_local(servers: list[str], local: bool) -> None:
    assert is_local(servers) is local


def test_what_workers_would_refuse_is_known_beforehand() -> None:
    fetch = FetchConfig()
    assert [
        one.split(" ")[0] for one in obstacles("http://10.0.0.5:8099/run", fetch, "stress")
    ] == [
        "fetch.rules.allowed_ports",
        "fetch.allowed_networks",
    ]
    assert not list(obstacles("https://cdn.example.com/u", fetch, "stress"))
    opened = FetchConfig.model_validate(
        {
            "allowed_networks": "10.0.0.0/8",
            "tenants": {"stress": {"allowed_ports": "8099"}},
        }
    )
    assert not list(obstacles("http://10.0.0.5:8099/run", opened, "stress"))
