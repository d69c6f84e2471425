"""The figures of a data card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from worker.datasets.card.licences import licence_notes
from worker.datasets.check import CheckReport
from worker.datasets.facts import Facts
from worker.domain.media import MediaKind
from worker.labelled.items import LabelledSet, Truth

NAMELESS = "not named"
GROUPS_SHOWN = 40
"""Generators and sources of a table; the rest is summed up."""


@dataclass(frozen=True, slots=True)
class CountRow:
    """Media of one generator, split or format."""

    name: str
    real: int
    fake: int


@dataclass(frozen=True, slots=True)
class Spread:
    """Where a property lies, of one kind and label: median, and 5 and 95 %."""

    kind: str
    property: str
    label: str
    low: str
    median: str
    high: str


@dataclass(frozen=True, slots=True)
class CardContent:
    """All that a card says."""

    report: CheckReport
    facts: tuple[Facts, ...]
    by_kind: tuple[CountRow, ...]
    by_split: tuple[CountRow, ...]
    by_group: tuple[CountRow, ...]
    by_format: tuple[CountRow, ...]
    spreads: tuple[Spread, ...]
    explanation_words: tuple[int, ...]
    """Words of each explanation."""
    licences: tuple[str, ...]
    nbytes: int


PROPERTIES: tuple[tuple[str, MediaKind | None, Callable[[Facts], float | None]], ...] = (
    ("megapixels", None, lambda one: (one.width or 0) * (one.height or 0) / 1e6),
    ("kilobytes", None, lambda one: one.bytes / 1e3),
    ("seconds", MediaKind.VIDEO, lambda one: one.duration_s),
)


def content_of(
    labelled: LabelledSet, facts: Sequence[Facts], report: CheckReport, *, own_uploads: bool
) -> CardContent:
    """Count everything."""
    readable = [one for one in facts if one.readable]
    return CardContent(
        report=report,
        facts=tuple(readable),
        by_kind=_rows(readable, lambda one: one.kind),
        by_split=_rows(facts, lambda one: one.split),
        by_group=_rows(facts, lambda one: one.group, GROUPS_SHOWN),
        by_format=_rows(readable, lambda one: " ".join(filter(None, (one.mime, one.codec)))),
        spreads=tuple(_spreads(readable)),
        explanation_words=tuple(
            len(item.reasoning.split()) for item in labelled.items if item.reasoning
        ),
        licences=licence_notes(labelled.layout, own_uploads=own_uploads),
        nbytes=sum(one.bytes for one in facts),
    )


def _rows(
    facts: Sequence[Facts], name: Callable[[Facts], str | None], most: int | None = None
) -> tuple[CountRow, ...]:
    named = ((name(one) or NAMELESS, one.label) for one in facts)
    counts: Counter[tuple[str, Truth]] = Counter(named)
    names = Counter({n: counts[n, Truth.REAL] + counts[n, Truth.FAKE] for n, _ in counts})
    ranked = sorted(names, key=lambda one: (-names[one], one))
    shown, rest = (ranked, []) if most is None else (ranked[:most], ranked[most:])
    rows = [CountRow(one, counts[one, Truth.REAL], counts[one, Truth.FAKE]) for one in shown]
    if rest:
        real, fake = (sum(counts[one, label] for one in rest) for label in Truth)
        rows.append(CountRow(f"{len(rest)} others", real, fake))
    return tuple(rows)


def _spreads(facts: list[Facts]) -> list[Spread]:
    found = []
    for kind in MediaKind:
        for name, only, read in PROPERTIES:
            for label in Truth:
                mine = [one for one in facts if one.kind is kind and one.label is label]
                values = [value for one in mine if (value := read(one)) is not None]
                if values and only in {None, kind}:
                    ends = (f"{one:.3g}" for one in np.quantile(values, [0.05, 0.5, 0.95]))
                    found.append(Spread(kind.value, name, label.value, *ends))
    return found
