"""Strangers' text where a person reads it: on a terminal, in a log, in a report."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text with everything invisible written out by its number, as Python does.

    No character of it can move the cursor, change a colour, begin a line, or turn the reading
    direction: Unicode's classes C (controls, format, surrogates, unassigned) and Z (separators) but
    for the space, as ``str.isprintable`` has them.
    """
    if text.isprintable():
        return text
    return "".join(part if part.isprintable() else _written(part) for part in text)


def shortened(text: str, length: int) -> str:
    """At most so many characters, printable."""
    # Cut first: a letter may bring megabytes, and each may take ten characters when written out.
    cut = printable(text[: length + 1])
    return cut if len(cut) <= length else f"{cut[: length - 1]}…"


def printable_lines(text: str) -> str:
    """Printable, but for the newlines that it has: of text whose lines are ours."""
    return "\n".join(printable(line) for line in text.split("\n"))


def encodable(text: str) -> str:
    """Text that UTF-8 can write: half surrogates are written out, as a file's name may have them.

    All else stays as it is, control characters too.
    """
    return text.encode("utf-8", "backslashreplace").decode()


def _written(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
