"""A payload as a person can read it."""

from __future__ import annotations

import json
from typing import Any

from worker.printable import printable

MAX_JSON_BYTES = 1024**2
"""Larger payloads are not parsed: they are shown as they are, and cut."""

MAX_STRING = 300
"""Characters shown of one string in JSON: enough for a URL, too few for a picture in base64."""


def preview(value: bytes, limit: int) -> str:
    """At most ``limit`` characters, and what was left out: JSON indented, text, or escaped bytes.

    Lines end in newlines; nothing else in it is a control character.
    """
    lines = _lines(value, limit)
    shown, used = [], 0
    for line in lines:
        if used + len(line) > limit:
            shown.append(line[: limit - used])
            shown.append(f"… cut here; {len(value)} bytes in all (--raw FILE has them)")
            break
        shown.append(line)
        used += len(line) + 1
    return "\n".join(shown)


def _lines(value: bytes, limit: int) -> list[str]:
    if len(value) <= MAX_JSON_BYTES:
        try:
            text = json.dumps(_shortened(json.loads(value)), indent=2, ensure_ascii=False)
        except (ValueError, RecursionError):
            pass  # no JSON, or one that is nested beyond reason
        else:
            return [printable(line) for line in text.split("\n")]
    # Four bytes is the most that UTF-8 needs for a character.
    head = value[: 4 * (limit + 1)]
    return [printable(line) for line in head.decode(errors="backslashreplace").split("\n")]


def _shortened(value: Any) -> Any:
    if isinstance(value, dict):
        return {_shortened(name): _shortened(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_shortened(part) for part in value]
    if isinstance(value, str) and len(value) > MAX_STRING:
        return f"{value[:MAX_STRING]}… ({len(value)} characters)"
    return value
