"""Lengths of time as people type them."""

from __future__ import annotations

import re

import typer

SECONDS = {"ms": 0.001, "s": 1.0, "": 1.0, "m": 60.0, "h": 3600.0}

FORM = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|)")


class LengthInvalid(ValueError):
    """The text is no length of time."""


def parse_length(text: str) -> float:
    """Seconds: ``90s``, ``2m``, ``1.5h``, ``500ms``, or a number of seconds.

    Raises ``LengthInvalid``.
    """
    found = FORM.fullmatch(text.strip())
    if found is None:
        raise LengthInvalid(f"{text!r} is no length of time such as 30s, 2m or 1h")
    return float(found[1]) * SECONDS[found[2]]


def length(text: str | float) -> float:
    """For an option of a command; its default comes as it is."""
    if isinstance(text, float):
        return text
    try:
        return parse_length(text)
    except LengthInvalid as error:
        raise typer.BadParameter(str(error)) from error
