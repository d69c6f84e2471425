"""A page with every outcome, its picture and its reason: one HTML file that needs nothing else."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from jinja2 import Environment, PackageLoader

from worker import __version__
from worker.report.row import FAILED, Row

ORDER = ("ai_generated", "uncertain", FAILED, "authentic")
"""What asks for a person's eyes comes first."""


def render_page(
    rows: Sequence[Row], thumbnails: Mapping[str, bytes], *, model: str, notice: str | None
) -> str:
    """The page. All text in it is escaped: names and reasons are strangers' words.

    It runs no script, whatever they are: there is none in it, and its own policy forbids them.
    """
    environment = Environment(
        loader=PackageLoader("worker.report", "templates"), autoescape=True, trim_blocks=True
    )
    pictures = {
        sha256: f"data:image/jpeg;base64,{base64.b64encode(data).decode()}"
        for sha256, data in thumbnails.items()
    }
    counts = Counter(row.verdict for row in rows)
    return environment.get_template("report.html.j2").render(
        rows=sorted(rows, key=lambda row: (ORDER.index(row.verdict), -(row.score or 0), row.name)),
        counts=[(verdict, counts[verdict]) for verdict in ORDER if counts[verdict]],
        pictures=pictures,
        model=model,
        notice=notice,
        version=__version__,
        made_at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    )
