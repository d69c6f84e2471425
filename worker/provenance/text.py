"""Strangers' text: bounded, printable, and parsed only as far as it is sane."""

from __future__ import annotations

import json

MAX_TEXT = 1 << 20
"""Longest text looked at, in bytes or characters: ComfyUI writes its whole graph, some 100 kB. The
same bound holds for an XMP packet, whose writers keep it below 64 kB where a JPEG must hold it."""

NAME_LENGTH = 100
"""As ``worker.domain.provenance.Name`` allows."""


def clean(value: object, longest: int = NAME_LENGTH) -> str | None:
    """Text fit to be shown: what does not print is a space, runs of spaces are one. None for none.

    Marks of direction (U+202E and its kin) do not print either: they would rewrite the line.
    """
    if not isinstance(value, str):
        return None
    printed = "".join(char if char.isprintable() else " " for char in value[: 4 * longest])
    return " ".join(printed.split())[:longest].rstrip() or None


def decode(raw: bytes) -> str:
    """UTF-8, or Latin-1 where it is not that: the first ``MAX_TEXT`` bytes."""
    raw = raw[:MAX_TEXT]
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def parse_object(text: str, longest: int = MAX_TEXT) -> dict[str, object]:
    """A JSON object; empty for what is too long, too deep, or anything else."""
    if len(text) > longest:
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        # ValueError too for integers of thousands of digits.
        return {}
    return found if isinstance(found, dict) else {}
