"""Which content an upload shows: a new one, or one that was shown before."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

EXPONENT = 0.8
"""Of Zipf's law for what people ask for again: 0.64 to 0.83 in traces of web caches (Breslau et
al., Web Caching and Zipf-like Distributions, INFOCOM 1999)."""

POPULARITY_STREAM = 2
"""Which of a seed's streams of random numbers is this one's."""

CHUNK = 8_192
"""Numbers drawn at once."""


@dataclass(frozen=True, slots=True)
class Popularity:
    """Contents by number, upload after upload.

    With the chance ``duplicates`` an upload repeats one of the contents so far: the one of rank
    ``r`` as often as ``r ** -0.8`` says, where the first one has rank 1. Nothing is remembered but
    how many there are. ``contents`` is how many there are in all; None where there is no end.
    """

    duplicates: float
    contents: int | None = None
    seed: int = 0

    def numbers(self) -> Iterator[tuple[int, bool]]:
        """The content's number, from 0 on, and whether it is new."""
        rng = np.random.default_rng([self.seed, POPULARITY_STREAM])
        shown = 0
        while True:
            for lot, place in zip(rng.random(CHUNK), rng.random(CHUNK), strict=True):
                used_up = self.contents is not None and shown >= self.contents
                if shown and (used_up or lot < self.duplicates):
                    yield _ranked(float(place), shown), False
                else:
                    yield shown, True
                    shown += 1


def _ranked(place: float, count: int) -> int:
    """A rank, less one, of ``count`` by Zipf's law, from a number in [0, 1).

    By the inverse of its continuous form, the integral of ``x ** -0.8`` from 1 to ``count + 1``.
    """
    power = 1 - EXPONENT
    x: float = (1 + place * ((count + 1) ** power - 1)) ** (1 / power)
    return min(count, math.floor(x)) - 1
