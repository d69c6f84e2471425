"""Splits in which no part knows another's media: what looks alike stays together."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from worker.datasets.duplicates import NEAR, joined, near_groups
from worker.datasets.facts import Facts
from worker.labelled.items import LabelledItem, Truth

HELD_OUT = "test"
"""The split of generators that are held out."""


class SplitImpossible(Exception):
    """What is wished for cannot be; the text says why."""


@dataclass(frozen=True, slots=True)
class SplitWish:
    """How to split."""

    shares: Mapping[str, float]
    """Of the media that are free to go anywhere, by split."""
    held_out: frozenset[str] = frozenset()
    """Generators whose fakes are in ``HELD_OUT`` alone."""
    whole_generators: bool = False
    """Every generator's fakes in one split."""
    near: int = NEAR
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Splits:
    """The items with their splits, and what came with the wish."""

    items: tuple[LabelledItem, ...]
    units: int
    """Media or groups of media that were moved as one."""
    drawn_along: int
    """Media of other generators that look like a held-out one, and went with it."""


def split(items: Sequence[LabelledItem], facts: Sequence[Facts], wish: SplitWish) -> Splits:
    """Give every item a split; the same seed gives the same. Raises ``SplitImpossible``."""
    _check(items, wish)
    units = list(_units(items, facts, wish))
    random.Random(wish.seed).shuffle(units)  # noqa: S311 - a split, no secret
    # Generator by generator, so that each is spread over all splits, however small it is.
    units.sort(key=lambda unit: items[unit[0]].group or "")
    chosen: dict[int, str] = {}
    drawn_along = 0
    filled: dict[Truth, Counter[str]] = {label: Counter() for label in Truth}
    for unit in units:
        held = sum(_held(items[place], wish) for place in unit)
        if held:
            drawn_along += len(unit) - held
            chosen.update(dict.fromkeys(unit, HELD_OUT))
            continue
        counts = filled[items[unit[0]].label]
        part = _furthest_behind(counts, wish.shares, len(unit))
        counts[part] += len(unit)
        chosen.update(dict.fromkeys(unit, part))
    placed = tuple(replace(item, split=chosen[place]) for place, item in enumerate(items))
    return Splits(placed, len(units), drawn_along)


def _furthest_behind(counts: Counter[str], shares: Mapping[str, float], more: int) -> str:
    """The split that lacks the most of its share once so many more are there."""
    total = (counts.total() + more) / sum(shares.values())
    return max(shares, key=lambda name: shares[name] * total - counts[name])


def _units(
    items: Sequence[LabelledItem], facts: Sequence[Facts], wish: SplitWish
) -> Iterator[tuple[int, ...]]:
    groups = near_groups(facts, wish.near)
    if wish.whole_generators:
        by_generator: dict[str, list[int]] = defaultdict(list)
        for place, item in enumerate(items):
            if item.label is Truth.FAKE and item.group is not None:
                by_generator[item.group].append(place)
        groups = joined(len(items), [*groups, *map(tuple, by_generator.values())])
    together = {place for group in groups for place in group}
    yield from groups
    yield from ((place,) for place in range(len(items)) if place not in together)


def _held(item: LabelledItem, wish: SplitWish) -> bool:
    return item.label is Truth.FAKE and item.group in wish.held_out


def _check(items: Sequence[LabelledItem], wish: SplitWish) -> None:
    if not wish.shares or min(wish.shares.values()) <= 0:
        raise SplitImpossible(
            "--shares: each split needs a share above 0, as in train=0.8,test=0.2"
        )
    known = {item.group for item in items if item.label is Truth.FAKE}
    unknown = sorted(wish.held_out - known)
    if unknown:
        names = ", ".join(sorted(name for name in known if name)) or "none that has a name"
        raise SplitImpossible(
            f"--hold-out-generators: no fake is of {unknown[0]}; the set has {names}"
        )
