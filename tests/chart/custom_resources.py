"""Kinds of other people's operators, and their own definitions of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from tests.chart.rendering import Document

DEFINITIONS = Path(__file__).parents[2] / ".cache" / "kubernetes" / "crds"
"""By scripts/kubernetes/definitions.sh, which `make parts` runs: whole, as released."""

METADATA = {"apiVersion", "kind", "metadata"}
"""The API server's own, in every object."""


@cache
def definitions() -> tuple[Document, ...]:
    """Every CustomResourceDefinition."""
    files = sorted(DEFINITIONS.glob("*.yaml"))
    assert files, "the definitions of custom resources are missing: run `make parts`"
    return tuple(yaml.safe_load(file.read_text(encoding="utf-8")) for file in files)


@cache
def schema_of(api_version: str, kind: str) -> dict[str, Any]:
    """The OpenAPI schema of one served version of a kind. Raises KeyError where there is none."""
    for definition in definitions():
        spec = definition["spec"]
        for version in spec["versions"]:
            if (f"{spec['group']}/{version['name']}", spec["names"]["kind"]) == (api_version, kind):
                assert version["served"]
                schema: dict[str, Any] = version["schema"]["openAPIV3Schema"]
                return schema
    raise KeyError(f"{api_version} {kind}")


def faults(document: Document) -> list[str]:
    """What the API server would refuse or drop, sentence by sentence."""
    schema = schema_of(document["apiVersion"], document["kind"])
    own = {name: value for name, value in document.items() if name not in METADATA}
    wrong = [
        f"{fault.json_path}: {fault.message}"
        for fault in Draft202012Validator(_loosened(schema)).iter_errors(document)
    ]
    return wrong + list(_unknown(own, {**schema, "properties": schema["properties"]}, "$"))


def _loosened(schema: Any) -> Any:
    """The schema with what JSON Schema calls otherwise: an IntOrString may be either."""
    if isinstance(schema, list):
        return [_loosened(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: _loosened(part) for name, part in schema.items() if name != "format"}
    if schema.get("x-kubernetes-int-or-string") is True:
        found.pop("type", None)
    return found


def _unknown(value: Any, schema: dict[str, Any], path: str) -> Iterator[str]:
    """Fields that no schema names: an API server drops them without a word."""
    if schema.get("x-kubernetes-preserve-unknown-fields"):
        return
    if isinstance(value, list):
        for number, part in enumerate(value):
            yield from _unknown(part, schema.get("items", {}), f"{path}[{number}]")
    elif isinstance(value, dict):
        named, others = schema.get("properties", {}), schema.get("additionalProperties")
        for name, part in value.items():
            inner = named.get(name, others)
            if inner is None or inner is False:
                yield f"{path}.{name}: there is no such field"
            elif isinstance(inner, dict):
                yield from _unknown(part, inner, f"{path}.{name}")
