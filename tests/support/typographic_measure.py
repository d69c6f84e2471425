"""How well text is found and read in the typographic set."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from tests.support.typographic import Box, Drawn
from worker.domain.typography import Claim, TextRegion, TextSeen
from worker.domain.typography_rule import worth_asking_again
from worker.typography.finder import TextFinder

COVERED = 0.7
"""Part of a line's box that regions must cover for the line to count as found."""

ON_TEXT = 0.3
"""Part of a region that boxes of lines must cover for it to be right: it is upright where the line
may be turned, and has some room around the letters."""


@dataclass(slots=True)
class Measured:
    """Counts over one part of the set."""

    lines: int = 0
    lines_found: int = 0
    regions: int = 0
    regions_right: int = 0
    bare: int = 0
    bare_with_regions: int = 0
    bare_asked_again: int = 0
    claims: int = 0
    claims_read: int = 0
    claims_asked_again: int = 0
    claimed: int = 0
    claimed_rightly: int = 0
    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """Names of the pictures whose claim was not read as it is."""

    @property
    def line_recall(self) -> float:
        """Lines found, of all."""
        return self.lines_found / self.lines

    @property
    def region_precision(self) -> float:
        """Regions that stand on text, of all."""
        return self.regions_right / self.regions

    @property
    def claim_recall(self) -> float:
        """Claims read as what they are, of all."""
        return self.claims_read / self.claims

    @property
    def claim_precision(self) -> float:
        """Pictures with the claim that was read in them, of those with any read."""
        return self.claimed_rightly / self.claimed

    @property
    def median_ms(self) -> float:
        """Of one picture, in milliseconds of one core."""
        return 1000 * statistics.median(self.seconds)


def measure(drawn: Iterable[Drawn], finder: TextFinder) -> Measured:
    """Look for text in every picture."""
    measured = Measured()
    for one in drawn:
        begun = time.thread_time()
        seen = finder.find(one.pixels)
        measured.seconds.append(time.thread_time() - begun)
        height, width = one.pixels.shape[:2]
        assert seen.fits(height, width)
        _count(measured, one, seen)
    return measured


def _count(measured: Measured, one: Drawn, seen: TextSeen) -> None:
    measured.lines += len(one.lines)
    measured.lines_found += sum(_found(line, seen, one) for line in one.lines)
    measured.regions += len(seen.regions)
    measured.regions_right += sum(_right(region, one) for region in seen.regions)
    if not one.lines:
        measured.bare += 1
        measured.bare_with_regions += bool(seen.regions)
        measured.bare_asked_again += worth_asking_again(seen)
    if one.claim is not Claim.NONE:
        measured.claims += 1
        measured.claims_read += seen.claim is one.claim
        measured.claims_asked_again += worth_asking_again(seen)
    if seen.claim is not Claim.NONE:
        measured.claimed += 1
        measured.claimed_rightly += seen.claim is one.claim
    if seen.claim is not one.claim:
        measured.wrong.append(f"{one.name}: {seen.claim}")


def _found(line: Box, seen: TextSeen, one: Drawn) -> bool:
    cover = np.zeros(one.pixels.shape[:2], dtype=np.bool_)
    for region in seen.regions:
        cover[region.top : region.bottom, region.left : region.right] = True
    left, top, right, bottom = line
    return bool(cover[top:bottom, left:right].mean() >= COVERED)


def _right(region: TextRegion, one: Drawn) -> bool:
    text = np.zeros(one.pixels.shape[:2], dtype=np.bool_)
    for left, top, right, bottom in one.lines:
        text[top:bottom, left:right] = True
    on = text[region.top : region.bottom, region.left : region.right]
    return bool(on.mean() >= ON_TEXT)
