"""A comparison as one HTML file that needs nothing else, and runs no script."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from worker.evaluation.comparison.comparison import Comparison
from worker.evaluation.comparison.words import chance, metrics
from worker.evaluation.report.page import environment, pictures_of


def render_page(found: Comparison, folders: Sequence[Path]) -> str:
    """The page; pictures are those that either run kept of its errors."""
    hashes = sorted({one.sha256 for one in found.changed if one.sha256 is not None})
    pictures: dict[str, str] = {}
    for folder in folders:
        pictures |= pictures_of(folder, hashes)
    made = environment()
    made.filters.update(chance=chance, metrics=metrics)
    return made.get_template("comparison.html.j2").render(found=found, pictures=pictures)
