"""All measurements, one after the other."""

from __future__ import annotations

import platform
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worker import __version__
from worker.app.parts import chosen_detector, chosen_spec
from worker.detector.self_test import self_test
from worker.domain.clock import SystemClock
from worker.domain.media import MediaKind
from worker.settings.settings import Settings
from worker.sizing.costs import Costs, EngineCost, EngineCosts, Versions, Windows
from worker.sizing.measuring.decoding import Decoded, Decodings, measure_decoding
from worker.sizing.measuring.engine import concurrencies, measure_engine
from worker.sizing.measuring.machine import this_machine
from worker.sizing.measuring.media import COUNT, NoMedia, draw, find
from worker.sizing.measuring.whole import measure_whole

PASSED_ON = ("model", "engine", "decode", "video", "cascade")
"""Sections of the settings that the whole worker is started with, too."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asked for."""

    settings: Settings
    seconds: float
    """Of all engine measurements together, about; some rounds of each are made in any case."""
    media: Path | None = None


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who is told how far it is: a step and its parts, then each part that is done."""

    step: Callable[[str, int], None] = lambda _name, _parts: None
    done: Callable[[], None] = lambda: None


async def measure(wish: Wish, watcher: Watcher) -> Costs:
    """Raises ``NoMedia``, and ``Systemic`` where a part does not come up."""
    settings = wish.settings
    spec = chosen_spec(settings)
    with tempfile.TemporaryDirectory(prefix="ivy-bench-") as name:
        if wish.media is None:
            watcher.step("Drawing media", COUNT)
            subjects = draw(Path(name), watcher.done)
        else:
            subjects = list(find(wish.media))
        watcher.step("Decoding", len(subjects))
        decodings = await measure_decoding(subjects, settings.decode, spec.recipe, watcher.done)
        if not decodings.costs:
            raise NoMedia("--media: none of the files could be decoded")
        watcher.step("Loading the model", 1)
        detector = chosen_detector(settings, spec)
        try:
            await detector.start()
            await self_test(detector, spec)
            watcher.done()
            engine = await _engine(wish, detector, decodings, watcher)
            identity = detector.identity
        finally:
            await detector.close()
        watcher.step("A whole worker", 2)
        whole = await measure_whole(
            subjects,
            model=settings.model.spec,
            settings=assignments_of(settings),
            seconds=wish.seconds,
            done=watcher.done,
        )
    return Costs(
        kind="measured",
        measured_at=SystemClock().now(),
        machine=this_machine(),
        versions=Versions(
            worker=__version__,
            python=platform.python_version(),
            model=identity.id,
            revision=identity.revision,
            engine=identity.engine,
            max_num_batched_tokens=settings.engine.max_num_batched_tokens,
            enforce_eager=settings.engine.enforce_eager,
        ),
        engine=engine,
        decode=decodings.costs,
        plumbing=whole.plumbing,
        bytes=whole.bytes,
        windows=Windows(**settings.video.model_dump(include=set(Windows.model_fields))),
    )


async def _engine(wish: Wish, detector: Any, decodings: Decodings, watcher: Watcher) -> EngineCosts:
    limit = _limit(wish.settings)
    by_kind = {
        kind: [one for one in decodings.decoded if one.facts.kind is kind] for kind in MediaKind
    }
    at = concurrencies(limit)
    kinds = sum(1 for media in by_kind.values() if media)
    each = wish.seconds / (kinds * len(at))

    async def of(kind: MediaKind, media: list[Decoded]) -> EngineCost | None:
        if media:
            watcher.step(f"Asking about {kind.value}s", len(at))
        return await measure_engine(detector, media, at, each, watcher.done)

    return EngineCosts(
        image=await of(MediaKind.IMAGE, by_kind[MediaKind.IMAGE]),
        video=await of(MediaKind.VIDEO, by_kind[MediaKind.VIDEO]),
        max_num_seqs=limit,
    )


def _limit(settings: Settings) -> int:
    """Questions worked on at once."""
    if settings.model.engine == "openai":
        return settings.remote.in_flight
    return settings.engine.max_num_seqs


def assignments_of(settings: Settings) -> list[str]:
    """What was set of the sections that matter, as ``--set`` takes it."""
    chosen = settings.model_dump(mode="json", include=set(PASSED_ON), exclude_unset=True)
    found: list[str] = []
    for section in chosen:
        found.extend(_flat(section, chosen[section]))
    return [one for one in found if not one.startswith("model.spec=")]


def _flat(name: str, value: Any) -> list[str]:
    if isinstance(value, dict):
        return [line for key, one in value.items() for line in _flat(f"{name}.{key}", one)]
    if isinstance(value, list):
        return [f"{name}={','.join(map(str, value))}"]
    if value is None:
        return []
    return [f"{name}={str(value).lower() if isinstance(value, bool) else value}"]
