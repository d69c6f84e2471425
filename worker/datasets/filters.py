"""Which media and explanations are of use, by the bounds of Ivy-Fake's paper.

arXiv 2506.00979, sections 3.1 and 3.3.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

from worker.datasets.facts import Facts
from worker.domain.media import MediaKind
from worker.labelled.items import LabelledItem

PATCH = 28 * 28
"""Pixels that Qwen2.5-VL makes one token of; the paper's bounds are whole numbers of these."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Both ends are within. Pixels, tokens, seconds."""

    image_pixels: tuple[int, int] = (4 * PATCH, 16_384 * PATCH)
    frame_pixels: tuple[int, int] = (128 * PATCH, 768 * PATCH)
    clip_pixels: int = 24_576 * PATCH
    """Of all frames that the model is shown. The paper does not say which frames it counts; with
    its six this bound never binds."""
    frames_shown: int = 6
    """At one a second."""
    tokens: tuple[int, int] = (60, 800)
    central: float = 0.9
    """Share of the explanations that is kept, the shortest and the longest left out."""


class Out(StrEnum):
    """Why something was left out."""

    UNREADABLE = "unreadable"
    IMAGE_SIZE = "image_size"
    FRAME_SIZE = "frame_size"
    CLIP_SIZE = "clip_size"
    NO_EXPLANATION = "no_explanation"
    EXPLANATION_LENGTH = "explanation_length"
    """Of these only the explanation is dropped, unless the explained alone are wanted."""


@dataclass(slots=True)
class Filtered:
    """What is left, and what is not."""

    items: list[LabelledItem] = field(default_factory=list)
    out: Counter[Out] = field(default_factory=Counter)
    tokens: tuple[int, int] | None = None
    """The bounds of explanations that were used: the narrower of ``Bounds.tokens`` and the central
    share of this set. None where there are no explanations."""


def filtered(
    items: Sequence[LabelledItem],
    facts: Sequence[Facts],
    bounds: Bounds,
    tokens: Callable[[str], int],
    *,
    only_explained: bool = False,
) -> Filtered:
    """Items within the bounds. ``facts`` are in their order; ``tokens`` counts those of a text."""
    lengths = {item.name: tokens(item.reasoning) for item in items if item.reasoning}
    found = Filtered(tokens=_token_bounds(list(lengths.values()), bounds))
    for item, one in zip(items, facts, strict=True):
        why = media_out(one, bounds)
        if why is not None:
            found.out[why] += 1
            continue
        kept = item
        if item.reasoning and not _within(lengths[item.name], found.tokens):
            found.out[Out.EXPLANATION_LENGTH] += 1
            kept = replace(item, reasoning=None)
        if only_explained and kept.reasoning is None:
            found.out[Out.NO_EXPLANATION] += item.reasoning is None
            continue
        found.items.append(kept)
    return found


def media_out(facts: Facts, bounds: Bounds) -> Out | None:
    """Why a media is of no use; None where it is."""
    if not facts.readable or facts.width is None or facts.height is None:
        return Out.UNREADABLE
    pixels = facts.width * facts.height
    if facts.kind is MediaKind.IMAGE:
        return None if _within(pixels, bounds.image_pixels) else Out.IMAGE_SIZE
    if not _within(pixels, bounds.frame_pixels):
        return Out.FRAME_SIZE
    shown = min(bounds.frames_shown, facts.frames or 1, max(1, round(facts.duration_s or 1)))
    return Out.CLIP_SIZE if pixels * shown > bounds.clip_pixels else None


def _token_bounds(lengths: list[int], bounds: Bounds) -> tuple[int, int] | None:
    if not lengths:
        return None
    edge = (1 - bounds.central) / 2
    low, high = np.quantile(lengths, [edge, 1 - edge])
    return max(bounds.tokens[0], int(np.ceil(low))), min(bounds.tokens[1], int(high))


def _within(value: int, ends: tuple[int, int] | None) -> bool:
    return ends is not None and ends[0] <= value <= ends[1]
