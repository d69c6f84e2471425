"""Changes of scene, seen in small pictures of the video."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np

from worker.decode.frame_reader import FrameReader
from worker.decode.timeline import Timeline

EVERY_S = 0.5
"""Seconds between the frames compared: an insert of a second has two of them."""

SIDE = 32
"""Pixels of the small picture's sides: what moves inside a scene averages out."""

CHANGED = 24.0
"""Mean difference of two small pictures, in levels of 255, from which the scene may have changed.

Hand-held motion stays below it, a cut to another place is above 30 as a rule.
"""

SHORTEST_S = 1.0
"""Seconds of a scene at least: flashes and fast cutting would eat up the windows."""

STANDS_OUT = 3.0
"""And times the median difference of the video: in one that is all motion, much is no cut."""


def find_cuts(reader: FrameReader, timeline: Timeline, time_base: Fraction) -> list[float]:
    """Seconds from the beginning at which another scene begins. Raises ``Poison``."""
    begin = timeline.shown[0]
    step = max(1, round(EVERY_S / time_base))
    wanted: list[int] = []
    for at in timeline.shown:
        if not wanted or at - wanted[-1] >= step:
            wanted.append(at)
    small = [
        frame.reformat(width=SIDE, height=SIDE, format="rgb24", threads=1)
        .to_ndarray()
        .astype(np.int16)
        for frame in reader.walk(wanted)
    ]
    changes = [float(np.abs(after - before).mean()) for before, after in itertools.pairwise(small)]
    if not changes:
        return []
    least = max(CHANGED, STANDS_OUT * float(np.median(changes)))
    cuts: list[float] = []
    for at, change in zip(wanted[1:], changes, strict=True):
        seconds = float((at - begin) * time_base)
        if change >= least and seconds - (cuts[-1] if cuts else 0.0) >= SHORTEST_S:
            cuts.append(seconds)
    return cuts
