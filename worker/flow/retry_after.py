"""When another server wants to be asked again."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_S = 7 * 24 * 3600.0
"""More is not believed, whatever a server writes: an infinite wait is no wait."""

MAX_CHARS = 64
"""Of the header: a date has 29 characters, or 33 in an obsolete form."""


def seconds_stated(stated: str) -> float | None:
    """Seconds, from either form of the header (RFC 9110, 10.2.3); ``LONGEST_S`` at most."""
    stated = stated.strip()
    if len(stated) > MAX_CHARS:
        return None
    if stated.isascii() and stated.isdigit():
        return min(float(stated), LONGEST_S)
    try:
        moment = parsedate_to_datetime(stated)
    except (TypeError, ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - datetime.now(UTC)).total_seconds()), LONGEST_S)
