"""How far a figure may fall before a run says so: far, for a shared machine is slow by chance.

A guard is no aim. It stands a long way below what the short form showed when it was recorded, and
is there to catch what made something several times slower. Nothing fails by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from scripts.bench.figure import Figure

GUARDS: Mapping[str, float] = {
    "plumbing": 0.03,
    "cached": 0.05,
    "peers, arroyo": 0.05,
    "peers, faststream": 0.08,
    "peers, quix": 0.02,
    "scaling to 2": 0.7,
    "scaling to 4": 0.6,
    "scaling to 8": 0.4,
    "decode image": 0.3,
    "decode video": 1.0,
    "decode video, torchcodec": 0.4,
    "decode video, decord": 0.4,
    "memory": 1.5,
    "latency": 2_000.0,
    "start": 30.0,
    "lag, memory": 1.5,
    "lag, commit gap": 1.2,
}
"""By figure, in its own unit: the least, or the most where its aim is an upper bound."""


def below(figures: Sequence[Figure], guards: Mapping[str, float] = GUARDS) -> Iterator[str]:
    """A line for each figure that is worse than its guard."""
    for one in figures:
        guard = guards.get(one.row)
        if guard is None:
            continue
        if (one.value > guard) if one.at_most else (one.value < guard):
            side = "above" if one.at_most else "below"
            yield f"{one.row}: {one.shown(one.value)} is {side} its guard, {one.shown(guard)}"
