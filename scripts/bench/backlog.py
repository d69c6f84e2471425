"""Many events into a topic, of which a few at a time are in memory here."""

from __future__ import annotations

from collections.abc import Callable

from scripts.bench.backing import Backing
from scripts.bench.uploads import many

AT_ONCE = 10_000


def publish(parts: Backing, topic: str, events: int, one: Callable[[int], bytes]) -> None:
    """Return once the broker has all of them."""
    for begin in range(0, events, AT_ONCE):
        values, keys = many(min(AT_ONCE, events - begin), one)
        parts.broker.publish(topic, values, keys)
