"""The whole chart for each role, as it was looked at last.

`UPDATE_SNAPSHOTS=1 pytest tests/chart/test_snapshots.py` writes them anew: read the difference.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.chart.rendering import render_text

SNAPSHOTS = Path(__file__).parent / "snapshots"
UPDATE = "UPDATE_SNAPSHOTS"

FULL: dict[str, Any] = {
    "model": {
        "revision": "a" * 40,
        "source": {"type": "init", "init": {"volume": "pvc"}, "pvc": {"create": True}},
    },
    "kafka": {
        "securityProtocol": "SASL_SSL",
        "sasl": {"mechanism": "SCRAM-SHA-512", "existingSecret": "kafka-user"},
        "tls": {"existingSecret": "kafka-tls", "certKey": "tls.crt", "keyKey": "tls.key"},
    },
    "redis": {
        "url": "rediss://redis:6380/0",
        "auth": {"existingSecret": "redis-user"},
        "tls": {"existingSecret": "redis-tls"},
    },
    "telemetry": {"traces": "otlp", "endpoint": "http://otel-collector:4318"},
    "monitoring": {"podMonitor": {"enabled": True}},
    "topics": {"provision": {"enabled": True}},
    "deadLetterReplay": {"enabled": True},
    "config": {"fetch": {"allowed_networks": ["10.20.0.0/16"]}, "policy": {"mode": "shadow"}},
}
"""Most of what there is at once; rules and dashboards have their own tests."""

SCALED: dict[str, Any] = {
    **FULL,
    "autoscaling": {"enabled": True, "age": {"enabled": True}},
    "workload": {"replicas": None},
}

ROLES: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "defaults": ((), {}),
    "gpu": (("values-gpu.yaml",), {}),
    "feeder": (("values-feeder.yaml",), {}),
    "static": (("values-gpu.yaml", "values-static.yaml"), FULL),
    "scaled": (("values-gpu.yaml",), SCALED),
}


@pytest.mark.parametrize("role", ROLES)
def test_the_chart_renders_as_before(role: str) -> None:
    files, values = ROLES[role]
    text = render_text(values, files=files)
    snapshot = SNAPSHOTS / f"{role}.yaml"
    if os.environ.get(UPDATE):
        snapshot.write_text(text, encoding="utf-8")
    assert text == snapshot.read_text(encoding="utf-8"), f"{UPDATE}=1 writes {snapshot.name} anew"


def test_no_snapshot_is_left_over() -> None:
    assert {file.stem for file in SNAPSHOTS.iterdir()} == set(ROLES)
