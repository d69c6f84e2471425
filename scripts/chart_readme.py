"""Write what the comments of the chart's values say: into its README.md and its schema.

`--check` changes nothing and fails if they are not up to date, or if a value has no comment.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from scripts.generated import renew

CHART = Path(__file__).parent.parent / "charts" / "ivy-worker"
VALUES = CHART / "values.yaml"
README = CHART / "README.md"
SCHEMA = CHART / "values.schema.json"

MARK = "# -- "
"""What a value's comment begins with, as helm-docs has it."""

BEGIN, END = "<!-- generated: values -->", "<!-- end -->"
WIDTH = 100
"""What fits into so many characters stays on one line of the schema."""

MAX_SHOWN = 60
"""Longer defaults are not shown: they are in values.yaml."""


class Value(NamedTuple):
    """One value of the chart."""

    path: tuple[str, ...]
    comment: str | None
    default: Any
    leaf: bool

    @property
    def name(self) -> str:
        """As ``--set`` takes it."""
        return ".".join(self.path)


def read_values(text: str) -> list[Value]:
    """Every value, in the file's order; what is below one with a comment of its own, too."""
    lines = text.splitlines()
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode):
        raise TypeError("values.yaml holds no mapping")
    return list(_walk(root, lines, yaml.safe_load(text), ()))


def _walk(
    node: yaml.MappingNode, lines: list[str], data: Any, above: tuple[str, ...]
) -> Iterator[Value]:
    for key, value in node.value:
        path = (*above, str(key.value))
        default = data[key.value]
        comment = _comment(lines, key.start_mark.line)
        inner = isinstance(value, yaml.MappingNode) and not value.flow_style and value.value
        leaf = not inner or not _has_comments(lines, value)
        if leaf or comment:
            yield Value(path, comment, default, leaf)
        if not leaf:
            yield from _walk(value, lines, default, path)


def _comment(lines: list[str], line: int) -> str | None:
    above = lines[line - 1].strip() if line else ""
    return above.removeprefix(MARK) if above.startswith(MARK) else None


def _has_comments(lines: list[str], node: yaml.Node) -> bool:
    # Its end mark lies behind the comment of the next key, which is less indented.
    inside = lines[node.start_mark.line - 1 : node.end_mark.line]
    indent = node.start_mark.column * " "
    return any(line.startswith(indent) and line.lstrip().startswith(MARK) for line in inside)


def table(values: list[Value]) -> str:
    """The values as a table of Markdown."""
    rows = ["| value | default | what it is |", "| --- | --- | --- |"]
    rows += [
        f"| `{value.name}` | {_shown(value)} | {(value.comment or '').replace('|', '&#124;')} |"
        for value in values
    ]
    return "\n".join(rows)


def _shown(value: Value) -> str:
    if not value.leaf:
        return ""
    text = json.dumps(value.default, ensure_ascii=False)
    if len(text) > MAX_SHOWN:
        return "see values.yaml"
    return f"`{text}`"


def with_table(readme: str, values: list[Value]) -> str:
    """The README with the table in its place. Raises ValueError if it has no place for it."""
    begin, end = readme.index(BEGIN), readme.index(END)
    return readme[:begin] + f"{BEGIN}\n{table(values)}\n" + readme[end:]


def with_descriptions(schema: dict[str, Any], values: list[Value]) -> dict[str, Any]:
    """The schema with the comments as descriptions. Raises KeyError for a value it lacks."""
    for value in values:
        here = schema
        for part in value.path:
            here = here["properties"][part]
        # Beside a `$ref`, draft 7 ignores everything: what is said there is for people.
        if value.comment:
            here["description"] = value.comment
    return schema


def laid_out(value: Any, indent: int = 0, used: int = 0) -> str:
    """JSON, with what is short on one line. ``used`` characters stand before it."""
    short = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or indent + used + len(short) <= WIDTH:
        return short
    inner = indent + 2
    if isinstance(value, dict):
        parts = [
            f"{json.dumps(key)}: {laid_out(item, inner, len(key) + 5)}"
            for key, item in value.items()
        ]
        opened, closed = "{", "}"
    else:
        parts = [laid_out(item, inner, 1) for item in value]
        opened, closed = "[", "]"
    joined = (",\n" + inner * " ").join(parts)
    return f"{opened}\n{inner * ' '}{joined}\n{indent * ' '}{closed}"


def main(arguments: list[str]) -> int:
    """Write or check the files; 1 if something is not as it should be."""
    values = read_values(VALUES.read_text(encoding="utf-8"))
    silent = [value.name for value in values if value.leaf and not value.comment]
    if silent:
        print(f"{VALUES}: these values have no `{MARK}` comment: {', '.join(silent)}")
        return 1
    schema = with_descriptions(json.loads(SCHEMA.read_text(encoding="utf-8")), values)
    wanted = {
        README: with_table(README.read_text(encoding="utf-8"), values),
        SCHEMA: laid_out(schema) + "\n",
    }
    return renew(wanted, "python -m scripts.chart_readme", check="--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
