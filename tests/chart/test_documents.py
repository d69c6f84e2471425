"""The examples of docs/kubernetes.md, given to helm as a reader would."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from tests.chart.rendering import CHART, render
from tests.chart.test_policies import POLICIES
from tests.chart.test_versions import VERSIONS

PAGE = (CHART.parents[1] / "docs" / "kubernetes.md").read_text(encoding="utf-8")

DEPLOYING = (CHART.parents[1] / "docs" / "deploying.md").read_text(encoding="utf-8")

FILLED = {
    "sha256:<digest of the gpu build>": f"sha256:{'0' * 64}",
    "<commit of the weights>": "a" * 40,
}
"""What a reader puts in."""


def examples() -> list[dict[str, Any]]:
    """Every block of values on the page."""
    found = []
    for block in re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL):
        text = block
        for placeholder, value in FILLED.items():
            text = text.replace(placeholder, value)
        assert "<" not in text
        found.append(yaml.safe_load(text))
    return found


def test_what_is_said_of_the_tests_is_so() -> None:
    said = " ".join(DEPLOYING.split())
    oldest, newest = (version.rsplit(".", 1)[0] for version in (VERSIONS[0], VERSIONS[-1]))
    assert f"each Kubernetes from {oldest} to {newest}" in said
    assert f"against {len(POLICIES)} policies, each of which is shown" in said


def test_there_are_examples() -> None:
    assert len(examples()) >= 3


@pytest.mark.parametrize("values", examples(), ids=lambda values: next(iter(values)))
def test_each_example_renders_for_a_gpu_worker(values: dict[str, Any]) -> None:
    if "secrets" in values:
        # An excerpt: what enters Kafka with these is on the page above it.
        values["kafka"] = {"securityProtocol": "SASL_SSL", "sasl": {"mechanism": "SCRAM-SHA-512"}}
    assert render(values, files=["values-gpu.yaml"])
