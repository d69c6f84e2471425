"""Times that a text in lower case names: "0:00:06-0:00:08", "from 2s to 4s", "at 3.5 seconds"."""

from __future__ import annotations

import re

# Every repetition has a bound, and no number begins inside another: see reader.py.
CLOCK = r"(?<!\d)\d{1,2}:\d{2}(?::\d{2})?(?:\.\d{1,6})?"
BARE = r"(?<!\d)\d{1,6}(?:\.\d{1,6})?"
SECONDS = rf"{BARE}\s{{0,3}}(?:s\b|sec\b|secs\b|seconds?\b)"
ONE = rf"(?:{CLOCK}|{SECONDS})"

RANGE = re.compile(
    rf"(?P<a>{ONE}|{BARE})\s{{0,3}}(?:[\u2013\u2014-]|to|until|and)\s{{0,3}}(?P<b>{ONE})",
)
POINT = re.compile(ONE)


def time_range(text: str) -> tuple[float, float] | None:
    """The first range, or point, in seconds; None where there is none."""
    ranged = RANGE.search(text)
    if ranged is not None:
        begin, end = _seconds(ranged["a"]), _seconds(ranged["b"])
        return (begin, end) if begin <= end else None
    point = POINT.search(text)
    if point is not None:
        at = _seconds(point[0])
        return at, at
    return None


def _seconds(text: str) -> float:
    if ":" in text:
        total = 0.0
        for part in text.split(":"):
            total = total * 60 + float(part)
        return total
    return float(re.match(BARE, text)[0])  # type: ignore[index]
