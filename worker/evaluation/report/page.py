"""A report as one HTML file that needs nothing else, and runs no script."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from pathlib import Path

from jinja2 import Environment, PackageLoader

from worker.evaluation.gallery import picture_of
from worker.evaluation.metrics.estimate import Estimate
from worker.evaluation.metrics.summary import Summary
from worker.evaluation.report.groups import Group
from worker.evaluation.report.report import Report
from worker.evaluation.report.words import SUMMARY, number, signed
from worker.printable import printable

MAX_PICTURE = 256 * 1024
"""Bytes of a thumbnail: ours have some ten thousand. Another file is not taken into a page."""


def environment() -> Environment:
    """Of this page and of the comparison's. All text is escaped."""
    made = Environment(
        loader=PackageLoader("worker.evaluation.report", "templates"),
        autoescape=True,
        trim_blocks=True,
    )
    made.filters.update(
        number=number,
        signed=signed,
        printable=printable,
        estimates=_estimates,
        summaries=_summaries,
    )
    return made


def render_page(report: Report, folder: Path, figures: Mapping[str, Mapping[str, bytes]]) -> str:
    """The page. ``figures`` are SVG by form and title; pictures are those that the run kept."""
    hashes = {
        error.sha256
        for section in report.sections
        for error in (*section.errors, *section.silent)
        if error.sha256 is not None
    }
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            pictures=pictures_of(folder, sorted(hashes)),
            figures={
                form: {title: _data("image/svg+xml", svg) for title, svg in drawn.items()}
                for form, drawn in figures.items()
            },
        )
    )


def pictures_of(folder: Path, hashes: Iterable[str]) -> dict[str, str]:
    """Those that a run kept, as data for a page."""
    found = {}
    for sha256 in hashes:
        file = picture_of(folder, sha256)
        if file.is_file() and file.stat().st_size <= MAX_PICTURE:
            found[sha256] = _data("image/jpeg", file.read_bytes())
    return found


def _data(mime: str, data: bytes) -> str:
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"


def _estimates(summary: Summary) -> list[tuple[str, Estimate]]:
    return [(title, getattr(summary, field)) for title, field in SUMMARY]


def _summaries(groups: Iterable[Group]) -> list[tuple[str, Summary]]:
    return [(one.name, one.summary) for one in groups]
