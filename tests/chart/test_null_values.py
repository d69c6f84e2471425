"""Null takes a default away. Where the chart needs a value, that is told, and no template trips."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from scripts.chart_schema import needed
from tests.chart.rendering import failure, render
from tests.chart.test_schema import SCHEMA, VALUES

NEEDED = [
    name if path == "." else f"{path}.{name}" for path, names in needed(SCHEMA) for name in names
]
"""Every value that must not be null, sections too."""


def with_null(*names: str) -> dict[str, Any]:
    """Values with these set to null."""
    values: dict[str, Any] = {}
    for name in names:
        *parents, last = name.split(".")
        here = values
        for part in parents:
            here = here.setdefault(part, {})
        here[last] = None
    return values


def leaves(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every value that is no section, by its name."""
    for name, inner in node.items():
        if (
            isinstance(inner, dict)
            and inner
            and ".".join((*path, name, next(iter(inner)))) in NEEDED
        ):
            yield from leaves(inner, (*path, name))
        else:
            yield ".".join((*path, name)), inner


@pytest.mark.parametrize("name", sorted(VALUES))
def test_a_section_that_is_null_is_told(name: str) -> None:
    said = failure(with_null(name))
    assert f"* {name} is null" in said
    assert said.count("\n* ") == 1


def test_so_is_every_value_in_them() -> None:
    names = [name for name, _ in leaves(VALUES) if name in NEEDED]
    assert len(names) > 200
    said = failure(with_null(*names))
    for name in names:
        assert f"* {name} is null, which takes the chart's default away" in said


def test_sections_in_sections_are_told_once() -> None:
    sections = [path for path, _ in needed(SCHEMA) if path.count(".") == 1 and path != "."]
    assert len(sections) > 20
    said = failure(with_null(*sections))
    told = [line.split()[1] for line in said.splitlines() if line.startswith("* ")]
    assert sorted(told) == sorted(sections)


def test_null_stays_what_it_was_where_it_is_the_default() -> None:
    absent = [name for name, default in leaves(VALUES) if default is None]
    assert "workload.replicas" in absent
    assert render(with_null(*absent))


def test_a_default_inside_of_what_kubernetes_reads_can_be_taken_away() -> None:
    documents = render(with_null("podSecurityContext.fsGroup", "securityContext.capabilities"))
    assert "fsGroup:" not in yaml.safe_dump(documents)
