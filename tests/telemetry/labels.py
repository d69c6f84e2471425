"""Whether what was exported keeps to the table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tests.telemetry.recorded import BY_NAME
from worker.telemetry.metric import Label
from worker.telemetry.table import messaging


def faults(
    points: Iterable[tuple[str, Mapping[str, Any] | None]], bounds: Mapping[str, frozenset[str]]
) -> list[str]:
    """What is wrong: a metric, a label or a value that the table does not know.

    ``bounds`` has the values of this run for each label that the code cannot list, by the words
    that name its bound.
    """
    found = []
    for name, attributes in points:
        metric = BY_NAME.get(name)
        if metric is None:
            found.append(f"{name} is not in the table")
            continue
        labels = {label.name: label for label in metric.labels}
        given = dict(attributes or {})
        missing = labels.keys() - given.keys() - MAY_BE_ABSENT
        if missing or given.keys() - labels.keys():
            found.append(f"{name} has the labels {sorted(given)}, not {sorted(labels)}")
            continue
        found += [
            f"{name}: {label}={value!r}"
            for label, value in given.items()
            if not _allowed(labels[label], value, bounds)
        ]
    return found


MAY_BE_ABSENT = {messaging.ERROR.name, messaging.DESTINATION.name}


def _allowed(label: Label, value: object, bounds: Mapping[str, frozenset[str]]) -> bool:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text in (label.values or bounds[label.bound])
