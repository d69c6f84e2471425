"""The values' schema: closed, complete, and with the limits that it states."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
import yaml

from tests.chart.rendering import CHART, failure

SCHEMA: dict[str, Any] = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
VALUES: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))

OPEN = {
    "global": "a parent chart's other charts have values there, too",
}
"""Objects that take any key, and why."""

PASSED_ON = {"kubernetesObject", "labels", "annotations", "quantities"}
"""Definitions of what Kubernetes itself gives the keys to."""


def objects(node: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Paths of all objects with properties of their own."""
    if node.get("$ref") == "#/definitions/secretKey":
        node = SCHEMA["definitions"]["secretKey"]
    if "properties" not in node:
        return
    yield path
    for name, inner in node["properties"].items():
        yield from objects(inner, (*path, name))


def schemas(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema of an object, wherever it is."""
    if isinstance(node, dict):
        if node.get("type") == "object":
            yield path, node
        for name, inner in node.items():
            yield from schemas(inner, f"{path}/{name}")
    if isinstance(node, list):
        for inner in node:
            yield from schemas(inner, path)


def test_it_is_a_schema() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)


def test_the_defaults_keep_to_it() -> None:
    jsonschema.Draft7Validator(SCHEMA).validate(VALUES)


def test_helm_refuses_an_unknown_key_in_every_object() -> None:
    closed = [path for path in objects(SCHEMA) if not path or path[0] not in OPEN]
    assert len(closed) > 50
    values: dict[str, Any] = {}
    for path in closed:
        here = values
        for part in path:
            here = here.setdefault(part, {})
        here["unheardOf"] = 1
    said = failure(values)
    for path in closed:
        where = ".".join(path) or "(root)"
        assert f"- {where}: Additional property unheardOf is not allowed" in said


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("an item of retries", {"kafka": {"topics": {"retries": [{"name": "a", "delay": 1}]}}}),
        ("an item of secrets", {"secrets": {"existing": [{"name": "a", "keys": {}}]}}),
        ("the store's data", {"secrets": {"external": {"data": {"cache.url": {"path": "a"}}}}}),
    ],
)
def test_lists_and_maps_hold_closed_objects(name: str, values: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError, match="Additional properties"):
        jsonschema.Draft7Validator(SCHEMA).validate(values)


def test_what_is_open_is_open_by_intent() -> None:
    for path, schema in schemas(SCHEMA):
        name = path.rsplit("/", 1)[-1]
        if schema.get("additionalProperties", True) is not True or name in OPEN:
            continue
        if name in PASSED_ON or "/extra" in path or "initContainers" in path:
            continue
        pytest.fail(f"{path} takes any key")


def test_schema_and_values_have_the_same_keys() -> None:
    for path in objects(SCHEMA):
        if path == ("config",):
            continue  # the worker's own settings, of which the chart has none by default
        node: Any = VALUES
        schema: Any = SCHEMA
        for part in path:
            node, schema = node[part], schema["properties"][part]
        if "$ref" in schema:
            schema = SCHEMA["definitions"][schema["$ref"].rsplit("/", 1)[-1]]
        # What has no default is absent in the end; it stands there for its comment.
        assert set(schema["properties"]) == set(node), ".".join(path)


@pytest.mark.parametrize(
    "change",
    [
        {"image": {"digest": "sha256:abc"}},
        {"image": {"tag": "a:b"}},
        {"gpu": {"resource": "gpu"}},
        {"gpu": {"count": "1"}},
        {"model": {"engine": "tgi"}},
        {"model": {"source": {"type": "s3"}}},
        {"model": {"source": {"path": "../etc"}}},
        {"model": {"remote": {"baseUrl": "http://user:password@vllm/v1"}}},
        {"kafka": {"bootstrapServers": []}},
        {"kafka": {"bootstrapServers": ["kafka"]}},
        {"kafka": {"partitions": 0}},
        {"kafka": {"securityProtocol": "TLS"}},
        {"kafka": {"topics": {"uploads": "a topic"}}},
        {"redis": {"url": "http://redis"}},
        {"health": {"port": 80}},
        {"telemetry": {"sampleRatio": 2}},
        {"shm": {"sizeLimit": "2GB"}},
        {"pdb": {"maxUnavailable": "150%"}},
        {"lifecycle": {"drainSeconds": 0}},
        {"networkPolicy": {"media": {"except": ["10.0.0.0"]}}},
        {"deadLetterReplay": {"schedule": "hourly"}},
        {"secrets": {"existing": [{"name": "a", "items": {"url": "k"}}]}},
        {"workload": {"kind": "DaemonSet"}},
        {"podLabels": {"a": "not a label"}},
        {"extraEnv": [{"name": "TOKENIZERS_PARALLELISM", "value": False}]},
        {"extraEnv": [{"name": "OMP_NUM_THREADS", "value": 4}]},
        {"autoscaling": {"idleReplicas": 1}},
        {"jobs": {"image": {"digest": "sha256:abc"}}},
        {"caBundle": {"key": "a/b"}},
        {"deadLetterReplay": {"reasons": ["bad_luck"]}},
    ],
    ids=json.dumps,
)
def test_a_value_out_of_bounds_is_refused(change: dict[str, Any]) -> None:
    validator = jsonschema.Draft7Validator(SCHEMA)
    assert list(validator.iter_errors(change))


def test_console_is_no_value_before_there_is_one() -> None:
    values = copy.deepcopy(VALUES) | {"console": {"enabled": True}}
    assert list(jsonschema.Draft7Validator(SCHEMA).iter_errors(values))
