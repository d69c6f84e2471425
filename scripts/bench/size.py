"""How much is done in a round."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True, slots=True)
class Size:
    """The full form's are for the record; the short form's guard against gross slowdowns."""

    rounds: int
    events: int
    """Of rows without a model."""
    pictures: int
    """Of rows with a model."""
    large_pictures: int
    """Of 12 million pixels."""
    video_s: float
    """Seconds of the long clip."""
    peer_events: int
    """Of rows beside other libraries: some carry tens of thousands a second."""
    window_s: float
    """For which workers side by side are watched."""
    mixed_events: int
    """After which memory is compared with what it was after ``mixed_first``."""
    mixed_first: int
    """As many as a worker takes at once, by default: it is to have been full before."""
    paced_s: float
    """Of uploads at an even pace, of which latencies are taken."""
    backlog: int
    """Events that wait to be drained."""

    def of(self, rounds: int) -> Self:
        """The same with that many rounds."""
        return replace(self, rounds=rounds)


FULL = Size(
    rounds=5,
    events=10_000,
    pictures=384,
    large_pictures=12,
    video_s=600.0,
    peer_events=50_000,
    window_s=20.0,
    mixed_events=200_000,
    mixed_first=2_000,
    paced_s=60.0,
    backlog=1_000_000,
)
SHORT = Size(
    rounds=3,
    events=2_000,
    pictures=24,
    large_pictures=4,
    video_s=60.0,
    peer_events=10_000,
    window_s=5.0,
    mixed_events=10_000,
    mixed_first=2_000,
    paced_s=10.0,
    backlog=50_000,
)
