"""Writing a data card: Markdown and HTML, with pictures, and the report as JSON."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape

from worker import __version__
from worker.calibration.atomic import write_whole
from worker.datasets.card.content import CardContent
from worker.datasets.card.plots import plots
from worker.printable import printable

PICTURES = "pictures"

ESCAPED = {ord(sign): f"\\{sign}" for sign in r"\`*_{}[]()#+!|<>~"}
"""Signs that mean something in Markdown: a name is a stranger's."""


def write_card(content: CardContent, to: Path) -> list[Path]:
    """Write ``README.md``, ``index.html``, ``check.json`` and ``pictures/``; names what it wrote.

    The page has its pictures in itself, runs no script, and needs nothing else. Raises ``OSError``.
    """
    (to / PICTURES).mkdir(parents=True, exist_ok=True)
    drawn = list(plots(content))
    files: dict[Path, bytes] = {to / PICTURES / name: png for name, _, png in drawn}
    files[to / "check.json"] = content.report.model_dump_json(indent=2).encode()
    shown = [(title, f"{PICTURES}/{name}") for name, title, _ in drawn]
    files[to / "README.md"] = _render("card.md.j2", content, shown).encode()
    inline = [(title, _inline(png)) for _, title, png in drawn]
    files[to / "index.html"] = _render("card.html.j2", content, inline).encode()
    for path, data in files.items():
        write_whole(path, data)
    return list(files)


def _inline(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _render(template: str, content: CardContent, pictures: list[tuple[str, str]]) -> str:
    environment = Environment(
        loader=PackageLoader("worker.datasets.card", "templates"),
        # Markdown is escaped by its own filter: HTML in it would be shown by most readers, too.
        autoescape=select_autoescape(["html.j2"]),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["said"] = printable if template.endswith(".html.j2") else _plain
    environment.filters["words"] = lambda text: str(text).replace("_", " ")
    return environment.get_template(template).render(
        card=content, report=content.report, pictures=pictures, version=__version__
    )


def _plain(text: Any) -> str:
    return printable(str(text)).translate(ESCAPED)
