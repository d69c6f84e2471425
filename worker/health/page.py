"""The status page: one HTML document that needs nothing else, and runs nothing."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader

from worker.health.protocol import Status

REFRESH_S = 5
"""Seconds after which a browser asks anew."""


@cache
def _style() -> str:
    return (files("worker.health") / "templates" / "status.css").read_text(encoding="utf-8")


@cache
def policy() -> str:
    """Its Content-Security-Policy: this one style, by its hash, and nothing else of any kind."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("worker.health", "templates"), autoescape=True, trim_blocks=True
    )


def render_status(status: Status) -> str:
    """The page. All text in it is escaped."""
    return (
        _environment()
        .get_template("status.html.j2")
        .render(status=status, style=_style(), refresh_s=REFRESH_S)
    )
