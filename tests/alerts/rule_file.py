"""The rules as they are in the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from scripts.dashboards.prometheus import ROOT, RULES

RUNBOOKS = ROOT / "docs" / "runbooks"
TESTS = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Alert:
    """One alerting rule."""

    name: str
    expr: str
    labels: dict[str, str]
    annotations: dict[str, str]

    @property
    def test_file(self) -> Path:
        """Of promtool."""
        return TESTS / f"{self.name}.test.yaml"

    @property
    def runbook(self) -> Path:
        """Its page."""
        return RUNBOOKS / f"{self.name}.md"


def rules() -> Iterator[dict[str, Any]]:
    """All, recording ones too."""
    for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]:
        yield from group["rules"]


def alerts() -> list[Alert]:
    """The alerting ones."""
    return [
        Alert(rule["alert"], rule["expr"], rule["labels"], rule["annotations"])
        for rule in rules()
        if "alert" in rule
    ]


def recorded() -> set[str]:
    """The names that recording rules make."""
    return {rule["record"] for rule in rules() if "record" in rule}
