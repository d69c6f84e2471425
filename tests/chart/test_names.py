"""Names of objects: valid for every kind, and never the same for two releases."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.chart.mistakes import STATIC, Case
from tests.chart.rendering import Document, one, render, workload

SERVICE = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
"""A label of RFC 1035, which a Service's name must be."""

LONG = 53
"""Characters of the longest name of a release that helm takes."""


def documents(release: str, values: dict[str, Any] | None = None) -> list[Document]:
    """All kinds of names: a StatefulSet has a headless Service, a CronJob the shortest limit."""
    given = {"deadLetterReplay": {"enabled": True}, **(values or {})}
    return render(given, files=[STATIC], release=release)


@pytest.mark.parametrize(
    "release",
    ["ivy", "2024", "trust.safety", "0.a", "a" * LONG, "1" * LONG, f"{'a' * 30}-{'b' * 20}"],
)
def test_every_release_has_a_valid_service(release: str) -> None:
    made = documents(release)
    name = one(made, "Service")["metadata"]["name"]
    assert SERVICE.fullmatch(name)
    assert len(name) <= 40
    # 52, for the jobs of a CronJob have eleven characters more.
    assert len(one(made, "CronJob")["metadata"]["name"]) <= 52
    assert workload(made)["spec"]["serviceName"] == name


@pytest.mark.parametrize(
    ("one_release", "other"),
    [
        (f"{'a' * 45}-blue", f"{'a' * 45}-green"),
        ("trust.safety", "trust-safety"),
        ("2024", "ivy-2024"),
    ],
)
def test_two_releases_never_share_a_name(one_release: str, other: str) -> None:
    found = [one(documents(release), "Service") for release in (one_release, other)]
    assert found[0]["metadata"]["name"] != found[1]["metadata"]["name"]


def test_a_long_part_of_the_chart_is_told_apart() -> None:
    names = {
        one(documents("ivy", {"nameOverride": "n" * 50 + end}), "Service")["metadata"]["name"]
        for end in "ab"
    }
    assert len(names) == 2


def test_a_name_that_fits_is_as_it_was() -> None:
    assert one(documents("ivy"), "Service")["metadata"]["name"] == "ivy-ivy-worker"
    given = {"fullnameOverride": "f" * 40}
    assert one(documents("ivy", given), "Service")["metadata"]["name"] == "f" * 40


@pytest.mark.parametrize("name", ["2024", "trust.safety", "f" * 41])
def test_a_name_of_your_own_is_not_changed_but_refused(name: str) -> None:
    Case(
        {"fullnameOverride": name},
        (f"fullnameOverride is {name}", "at most 40", "begins with a letter"),
    ).check()
