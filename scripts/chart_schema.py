"""Write into the chart what follows from elsewhere, so that nobody has to keep it in step.

* The schema of the worker's settings, into the values' schema: below ``config``, an unknown key and
  a value of a wrong type fail when the chart is rendered.
* The values that must not be null, into a template: to Helm, null takes a default away.

`--check` changes nothing and fails if they are not up to date.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from scripts.chart_readme import CHART, SCHEMA, laid_out
from scripts.generated import renew
from worker.settings.settings import Settings

NEEDED = CHART / "templates" / "checks" / "_needed.tpl"

HEAD = """\
{{/*
Values that must not be null, by section: written by scripts/chart_schema.py. Those that may be,
such as pdb.maxUnavailable, are not here.
*/}}
{{- define "ivy-worker.neededValues" -}}
"""
TAIL = "{{- end -}}\n"

Schema = dict[str, Any]

DROPPED = {"default", "format", "title", "writeOnly"}
"""Titles repeat the keys, defaults are the worker's to say, and formats are others' words."""


def settings_schema() -> tuple[Schema, Schema]:
    """The settings as the chart's schema has them: properties of `config`, and definitions."""
    schema = Settings.model_json_schema()
    definitions = {name: _translated(inner) for name, inner in schema["$defs"].items()}
    properties = {name: _translated(inner) for name, inner in schema["properties"].items()}
    return properties, definitions


def _translated(node: Any) -> Any:
    """One schema in draft 7, which Helm reads. Its property names are nobody's keywords here."""
    if isinstance(node, list):
        return [_translated(item) for item in node]
    if not isinstance(node, dict):
        return node
    found: Schema = {}
    for key, value in node.items():
        if key == "$ref":
            found[key] = value.replace("#/$defs/", "#/definitions/")
        elif key == "properties":
            found[key] = {name: _translated(inner) for name, inner in value.items()}
        elif key not in DROPPED:
            found[key] = _translated(value)
    if "properties" in found:
        # What a model says of itself is for programmers.
        found.pop("description", None)
    return _as_text_too(_nullable(found))


def _nullable(schema: Schema) -> Schema:
    """``anyOf`` of a type and null as one type: its errors then say what was wanted."""
    choices = schema.get("anyOf", [])
    if len(choices) != 2 or choices[1] != {"type": "null"} or "type" not in choices[0]:
        return schema
    kept = {key: value for key, value in schema.items() if key != "anyOf"}
    merged = {**choices[0], **kept, "type": [choices[0]["type"], "null"]}
    if "enum" in merged:
        merged["enum"] = [*merged["enum"], None]
    return merged


def _as_text_too(schema: Schema) -> Schema:
    """Lists are also taken as text with commas, mappings as JSON (worker/typed.py)."""
    mapping = schema.get("type") == "object" and isinstance(
        schema.get("additionalProperties"), dict
    )
    if schema.get("type") == "array" or mapping:
        return {**schema, "type": [schema["type"], "string"]}
    return schema


def with_settings(schema: Schema) -> Schema:
    """The values' schema with that of the settings."""
    properties, definitions = settings_schema()
    description = schema["properties"]["config"].get("description", "")
    schema["properties"]["config"] = {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "description": description,
    }
    # The chart's own begin with a small letter.
    own = {name: inner for name, inner in schema["definitions"].items() if name[0].islower()}
    schema["definitions"] = own | definitions
    return schema


def needed(schema: Schema) -> Iterator[tuple[str, list[str]]]:
    """Of each section the keys that must not be null; that of the top is called ``.``."""
    yield from _needed(schema, schema["definitions"], ())


def _needed(
    node: Schema, definitions: Schema, path: tuple[str, ...]
) -> Iterator[tuple[str, list[str]]]:
    properties = {name: _resolved(inner, definitions) for name, inner in node["properties"].items()}
    yield (
        ".".join(path) or ".",
        [name for name, inner in properties.items() if not _takes_null(inner)],
    )
    for name, inner in properties.items():
        if "properties" in inner and (*path, name) != ("config",):
            yield from _needed(inner, definitions, (*path, name))


def _resolved(schema: Schema, definitions: Schema) -> Schema:
    name = schema.get("$ref", "").rsplit("/", 1)[-1]
    return definitions[name] if name else schema


def _takes_null(schema: Schema) -> bool:
    choices = [schema, *schema.get("oneOf", []), *schema.get("anyOf", [])]
    return any("null" in choice.get("type", []) for choice in choices)


def needed_template(schema: Schema) -> str:
    """The list as a template that gives YAML."""
    lines = (f"{path!r}: {json.dumps(keys)}\n" for path, keys in needed(schema))
    return HEAD + "".join(lines) + TAIL


def main(arguments: list[str]) -> int:
    """Write or check the files; 1 if one is not up to date."""
    schema = with_settings(json.loads(SCHEMA.read_text(encoding="utf-8")))
    wanted = {SCHEMA: laid_out(schema) + "\n", NEEDED: needed_template(schema)}
    return renew(wanted, "python -m scripts.chart_schema", check="--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
