"""Write the generated parts of the documents anew: python scripts/write_docs.py [--check].

A generated part stands between ``<!-- generated: NAME -->`` and ``<!-- end -->``.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from itertools import groupby
from pathlib import Path

from worker.domain.failure import Reason
from worker.settings.listing import entries
from worker.telemetry.metric import Label
from worker.telemetry.metric_table import GROUPS
from worker.telemetry.prometheus_names import prometheus_name

ROOT = Path(__file__).parents[1]
DOCUMENTS = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
MOST_LISTED = 12
"""Values of a label in one cell of a table; the reasons of failures are listed elsewhere."""

PART = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(
        f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |\n" for line in lines
    )


def settings() -> str:
    """Every setting, by section."""
    parts = []
    for section, found in groupby(entries(), key=lambda entry: entry.name.split(".")[0]):
        rows = (
            (f"`{entry.name}`", f"`{entry.default}`" if entry.default else "", entry.description)
            for entry in found
        )
        parts.append(f"\n**{section}**\n\n{_table(('setting', 'default', 'what it is'), rows)}")
    return "".join(parts) + "\n"


def metrics() -> str:
    """Every metric, by concern: as Prometheus and as OpenTelemetry name it, and its labels."""
    head = ("Prometheus", "OpenTelemetry", "kind", "unit", "labels", "what it counts")
    parts = []
    for group in GROUPS:
        rows = (
            (
                f"`{prometheus_name(metric)}`",
                f"`{metric.name}`",
                metric.kind.value,
                metric.unit,
                "; ".join(_label(label) for label in metric.labels),
                metric.description,
            )
            for metric in group.metrics
        )
        parts.append(f"\n## {group.title}\n\n{group.about}\n\n{_table(head, rows)}")
    return "".join(parts) + "\n"


def _label(label: Label) -> str:
    """Its values where the code lists them, or what bounds them."""
    if len(label.values) > MOST_LISTED:
        values = f"{len(label.values)} values"
    else:
        values = ", ".join(sorted(label.values)) or label.bound
    return f"`{label.name}` ({values})"


def reasons() -> str:
    """Every reason for an event without a verdict."""
    return ", ".join(f"`{reason}`" for reason in Reason) + ".\n"


GENERATED: dict[str, Callable[[], str]] = {
    "settings": settings,
    "metrics": metrics,
    "reasons": reasons,
}


def renew(text: str) -> str:
    """A document with its generated parts made anew."""
    return PART.sub(lambda part: part[1] + GENERATED[part[2]]() + part[3], text)


def main() -> int:
    """Write, or with ``--check`` only tell what is out of date."""
    check = "--check" in sys.argv[1:]
    stale = [
        document
        for document in DOCUMENTS
        if renew(document.read_text(encoding="utf-8")) != document.read_text(encoding="utf-8")
    ]
    for document in stale:
        if check:
            print(f"{document.relative_to(ROOT)} is out of date: run `make docs`")
        else:
            document.write_text(renew(document.read_text(encoding="utf-8")), encoding="utf-8")
            print(f"wrote {document.relative_to(ROOT)}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
