"""How fuzzers' bytes become what a reader takes. Simple enough to write seeds by hand."""

from __future__ import annotations

from worker.domain.record import Headers, Record

SEPARATOR = b"\x1e"
"""ASCII's record separator stands between headers, and twice before the value: unlike a newline it
is missed by nobody inside of a header."""


def record_of(data: bytes, *, is_retry: bool = False) -> Record:
    """``name=value`` headers, and behind an empty one the value; all is value where there is none.

    Names are text: Kafka's client decodes them.
    """
    head, found, value = data.partition(2 * SEPARATOR)
    if not found:
        head, value = b"", data
    return Record(
        topic="uploads",
        partition=1,
        offset=2,
        value=value or None,
        key=value[:64] or None,
        headers=headers_of(head),
        timestamp_ms=int.from_bytes(value[:7], signed=True),
        is_retry=is_retry,
    )


def headers_of(head: bytes) -> Headers:
    """The headers alone."""
    pairs = (part.partition(b"=") for part in head.split(SEPARATOR) if part)
    return tuple((name.decode("utf-8", "replace"), value) for name, _, value in pairs)


def pumped(data: bytes, longest: int) -> str:
    """Text out of bytes; repeated up to ``longest`` characters where the first byte is 255.

    Repetition is what shows that a regular expression backtracks: mutations alone are too short.
    Where the first byte is odd otherwise, it is repeated less: many more of these can be tried.
    """
    text = data[1:].decode("utf-8", "replace")
    if text and data[0] % 2:
        length = longest if data[0] == ALL else longest // PART
        text = (text * (length // len(text) + 1))[:length]
    return text


ALL, PART = 255, 8
