"""From a labelled training set to a fitted baseline."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from worker import __version__
from worker.domain.failure import Failure, Reason, Systemic
from worker.domain.media import MediaKind
from worker.evaluation.baselines.features import Features, FeatureSource, TooLittle
from worker.evaluation.baselines.fit import EncoderUsed, Fit, FitInvalid, Linear, fit_linear
from worker.labelled.items import LabelledItem, LabelledSet, Truth
from worker.process.shared_memory import map_pixels
from worker.scoring.asking import prepare
from worker.scoring.rooms import ScoringRooms


@dataclass(slots=True)
class Seen:
    """What the media of a set gave."""

    features: dict[MediaKind, list[Features]] = field(default_factory=dict)
    fake: dict[MediaKind, list[bool]] = field(default_factory=dict)
    contents: set[str] = field(default_factory=set)
    failed: Counter[Reason] = field(default_factory=Counter)


def without(labelled: LabelledSet, generators: Collection[str]) -> LabelledSet:
    """All media but those of some generators. Raises ``FitInvalid`` for an unknown name."""
    there = {item.group for item in labelled.items}
    if unknown := sorted(set(generators) - {name for name in there if name}):
        names = ", ".join(sorted(name for name in there if name))
        raise FitInvalid(f"--leave-out: {unknown[0]!r} is none of its sources: {names or 'none'}")
    items = tuple(item for item in labelled.items if item.group not in generators)
    return LabelledSet(labelled.name, items, layout=labelled.layout)


async def look(
    labelled: LabelledSet,
    source: FeatureSource,
    rooms: ScoringRooms,
    *,
    at_once: int,
    done: Callable[[], None],
) -> Seen:
    """The features of every media that they can be taken of. Raises ``Systemic``."""
    seen = Seen()
    found: dict[int, tuple[MediaKind, Features]] = {}
    waiting = iter(enumerate(labelled.items))

    async def carry() -> None:
        for number, item in waiting:
            try:
                found[number] = await _one(item, source, rooms, seen)
            except Systemic:
                raise
            except Failure as failure:
                seen.failed[failure.reason] += 1
            except TooLittle:
                seen.failed[Reason.MEDIA_UNSUPPORTED] += 1
            done()

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(at_once, len(labelled.items))):
                group.create_task(carry())
    except BaseExceptionGroup as broken:
        raise broken.exceptions[0] from broken
    # In the order of the set, whatever came first: the fit is then the same each time.
    for number, item in enumerate(labelled.items):
        if number in found:
            kind, features = found[number]
            seen.features.setdefault(kind, []).append(features)
            seen.fake.setdefault(kind, []).append(item.label is Truth.FAKE)
    return seen


async def _one(
    item: LabelledItem, source: FeatureSource, rooms: ScoringRooms, seen: Seen
) -> tuple[MediaKind, Features]:
    media, sha256 = await prepare(item.path, rooms)
    with media:
        seen.contents.add(sha256)
        if media.facts.kind not in source.kinds:
            raise TooLittle(f"{source.name} does not look at {media.facts.kind}s")
        features = await asyncio.to_thread(source.of, map_pixels(media.fd, media.shape))
    return media.facts.kind, features


def fit_all(
    seen: Seen,
    source: FeatureSource,
    encoder: EncoderUsed | None,
    labelled: LabelledSet,
    left_out: Collection[str],
    *,
    seed: int,
    now: datetime,
) -> tuple[Fit, list[str]]:
    """A linear model for each kind of media, and why a kind has none.

    Raises ``FitInvalid`` where no kind has one.
    """
    parts: dict[MediaKind, Linear] = {}
    missing = []
    for kind, features in seen.features.items():
        try:
            parts[kind] = fit_linear(np.array(features), np.array(seen.fake[kind]), seed)
        except FitInvalid as error:
            missing.append(f"{kind}: {error}")
    if not parts:
        told = "; ".join(missing) or "no media of it can be looked at"
        raise FitInvalid(f"{source.name} cannot be fitted to {labelled.name}: {told}")
    fit = Fit(
        baseline=source.name,
        features=source.version,
        encoder=encoder,
        parts=parts,
        set_name=labelled.name,
        left_out=tuple(sorted(left_out)),
        contents=tuple(sorted(seen.contents)),
        made_at=now,
        made_by=f"ivy-worker {__version__}",
    )
    return fit, missing
