"""A mistake in the values, and what the sentence about it must hold."""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.chart.rendering import KUBE_VERSION, failure

FEEDER = "values-feeder.yaml"
STATIC = "values-static.yaml"


class Case(NamedTuple):
    """Values that do not fit together."""

    values: dict[str, Any]
    said: tuple[str, ...]
    """Parts of the sentence: the values at fault, and what to change."""
    files: tuple[str, ...] = ()
    kube_version: str = KUBE_VERSION

    def check(self) -> None:
        """Raises AssertionError unless the chart fails with this sentence and no other."""
        said = failure(self.values, files=self.files, kube_version=self.kube_version)
        assert "These values do not fit together:" in said
        for part in self.said:
            assert part in said
        # One mistake, one sentence: others would send its reader astray.
        assert said.count("\n* ") == 1
