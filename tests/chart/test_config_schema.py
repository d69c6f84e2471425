"""Below `config` the chart knows every setting of the worker, and its type, when it is rendered."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
import yaml

from tests.chart.releases import RELEASES, Release, named
from tests.chart.rendering import failure, one, render
from tests.chart.test_schema import SCHEMA
from worker.domain.failure import Reason
from worker.settings.settings import Settings

CONFIG = jsonschema.Draft7Validator(
    {**SCHEMA["properties"]["config"], "definitions": SCHEMA["definitions"]}
)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"polic": {}}, "config: Additional property polic is not allowed"),
        ({"policy": {"mod": "x"}}, "config.policy: Additional property mod is not allowed"),
        (
            {"policy": {"breaker": {"flor": 1}}},
            "config.policy.breaker: Additional property flor is not allowed",
        ),
        (
            {"fetch": {"tenants": {"acme": {"hosts": []}}}},
            "config.fetch.tenants.acme: Additional property hosts is not allowed",
        ),
        ({"policy": "shadow"}, "config.policy: Invalid type"),
        ({"fetch": None}, "config.fetch: Invalid type. Expected: object, given: null"),
        ({"decode": {"limits": None}}, "config.decode.limits: Invalid type"),
        ({"policy": {"mode": "shado"}}, "config.policy.mode: config.policy.mode must be one of"),
        (
            {"flow": {"max_media_bytes": "1Gi"}},
            "config.flow.max_media_bytes: Invalid type. Expected: integer, given: string",
        ),
        ({"decode": {"processes": 1.5}}, "config.decode.processes: Invalid type"),
        (
            {"decode": {"processes": 0}},
            "config.decode.processes: Must be greater than or equal to 1",
        ),
        ({"fetch": {"allowed_networks": [7]}}, "config.fetch.allowed_networks.0: Invalid type"),
        (
            {"fetch": {"rules": {"allowed_ports": [70000]}}},
            "config.fetch.rules.allowed_ports.0: Must be less than or equal to 65535",
        ),
        ({"events": {"output": 1}}, "config.events.output"),
        ({"policy": {"breaker": {"expected_share": "x"}}}, "config.policy.breaker.expected_share"),
    ],
)
def test_a_mistake_is_told_by_the_settings_name(config: dict[str, Any], said: str) -> None:
    assert f"- {said}" in failure({"config": config})


def test_all_settings_with_their_defaults_are_taken() -> None:
    settings = Settings().model_dump(mode="json")
    assert [fault.json_path for fault in CONFIG.iter_errors(settings)] == []


@pytest.mark.parametrize("release", RELEASES, ids=named)
def test_what_the_chart_itself_writes_is_taken(release: Release) -> None:
    text = one(release.documents(), "ConfigMap", "ivy-ivy-worker")["data"]["worker.yaml"]
    assert [fault.json_path for fault in CONFIG.iter_errors(yaml.safe_load(text))] == []


@pytest.mark.parametrize(
    "config",
    [
        {"policy": {}},
        {"fetch": {"allowed_networks": "10.20.0.0/16,10.30.0.0/16"}},
        {"fetch": {"tenants": '{"acme": {"allowed_ports": [8443]}}'}},
        {"policy": {"rules": [{"tenant": "acme", "thresholds": {"block_from": 0.99}}]}},
        {"flow": {"retry_cap_s": 5}},
        {"engine": {"max_num_batched_tokens": 8192}},
    ],
    ids=str,
)
def test_what_the_worker_takes_is_taken(config: dict[str, Any]) -> None:
    assert render({"config": config})


def test_reasons_of_letters_are_those_of_the_code() -> None:
    replay = SCHEMA["properties"]["deadLetterReplay"]["properties"]["reasons"]
    assert replay["items"] == {"$ref": "#/definitions/Reason"}
    assert SCHEMA["definitions"]["Reason"]["enum"] == [reason.value for reason in Reason]
    said = failure({"deadLetterReplay": {"reasons": ["fetch_fail"]}})
    assert "- deadLetterReplay.reasons.0: " in said
