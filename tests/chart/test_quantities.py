"""Quantities of memory, CPU and disk: compared as numbers, refused where Kubernetes would."""

from __future__ import annotations

from typing import Any

import pytest

from tests.chart.mistakes import Case
from tests.chart.rendering import failure, render, worker_of
from tests.chart.test_versions import VERSIONS, faults


def memory(limit: str | float, request: str | float | None = None) -> dict[str, Any]:
    """Values with this much memory for a worker."""
    asked = limit if request is None else request
    return {"resources": {"limits": {"memory": limit}, "requests": {"memory": asked}}}


@pytest.mark.parametrize(
    "limit", ["32GB", "32gb", "32 Gi", "lots", "-32Gi", "32KI", "1.2.3Gi", "0x10"]
)
def test_what_is_no_quantity_is_refused(limit: str) -> None:
    said = failure(memory(limit))
    for kind in ("limits", "requests"):
        assert f"resources.{kind}.memory is {limit}, which is no quantity" in said
    assert "write it as 32Gi" in said
    # And not, besides, that so little would not do.
    assert said.count("\n* ") == 2


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("resources.limits.cpu is 4cores", {"resources": {"limits": {"cpu": "4cores"}}}),
        (
            "jobs.resources.limits.ephemeral-storage is 1GB",
            {"jobs": {"resources": {"limits": {"ephemeral-storage": "1GB"}}}},
        ),
        (
            "model.source.init.resources.requests.cpu is one",
            {"model": {"source": {"init": {"resources": {"requests": {"cpu": "one"}}}}}},
        ),
    ],
)
def test_in_every_place(name: str, values: dict[str, Any]) -> None:
    Case(values, (name,)).check()


@pytest.mark.parametrize(
    "limit",
    [
        *("32768Mi", "33554432Ki", "0.03125Ti", "34359738368", 34359738368, "34359738368000m"),
        *("34.359738368G", "34359738368e0"),
    ],
)
def test_the_same_in_other_words_is_the_same(limit: str | float) -> None:
    documents = render(memory(limit, "32Gi"))
    assert worker_of(documents)["resources"]["requests"]["memory"] == "32Gi"
    assert faults(documents, VERSIONS[-1]) == []


@pytest.mark.parametrize("limit", ["32G", "64Gi", "1P", "1Pi", "7Ei", "1e12"])
def test_what_differs_is_told(limit: str) -> None:
    Case(memory(limit, "32Gi"), (f"(32Gi) differs from its limits.memory ({limit})",)).check()


@pytest.mark.parametrize("limit", ["1P", "1Pi", "2Ei", "1e12", "1E", 10**13])
def test_a_very_large_one_is_enough(limit: str | float) -> None:
    assert render(memory(limit))


@pytest.mark.parametrize("limit", ["1024", 1024, "8Gi", "12000m", "8e9", "1M"])
def test_a_small_one_is_too_small(limit: str | float) -> None:
    Case(memory(limit), (f"resources.limits.memory is {limit}, but the worker",)).check()


def test_a_limit_of_a_volume_may_be_a_number_of_bytes() -> None:
    documents = render({"spill": {"sizeLimit": 6442450944}})
    assert faults(documents, VERSIONS[-1]) == []
    Case({"spill": {"sizeLimit": 4000000000}}, ("spill.sizeLimit is 4000000000",)).check()
