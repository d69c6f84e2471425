"""Asking the model about a labelled set, many media at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from worker.calibration.scored import ScoredItem
from worker.decode.protocol import Decoder
from worker.detector.protocol import Detector
from worker.domain.answer import Answer
from worker.domain.clock import Clock
from worker.domain.failure import Failure, Poison, Reason, Systemic
from worker.domain.generation import AnswerForm
from worker.domain.media import Content, PreparedMedia
from worker.domain.upload import MediaReference
from worker.fetch.protocol import Fetcher
from worker.flow.byte_budget import ByteBudget
from worker.flow.retry import Retry
from worker.labelled.items import LabelledItem, LabelledSet
from worker.parsing.answer import read_answer

SETTERS = "default"
"""The tenant of a labelled set: it has none."""


@dataclass(frozen=True, slots=True)
class ScoringRooms:
    """The parts that a labelled media passes through."""

    fetcher: Fetcher
    decoder: Decoder
    detector: Detector
    retry: Retry
    memory: ByteBudget
    """For files on their way to a decoder; behind it stand no more than are asked about at once."""
    clock: Clock


@dataclass(slots=True)
class Scores:
    """What came of a labelled set."""

    items: list[ScoredItem] = field(default_factory=list)
    """In the order of the set; of each as many as there are forms."""
    failures: Counter[Reason] = field(default_factory=Counter)
    """Media without a score, by reason."""


async def score_set(
    labelled: LabelledSet,
    forms: Sequence[AnswerForm],
    rooms: ScoringRooms,
    *,
    at_once: int,
    done: Callable[[], None],
) -> Scores:
    """Ask about every item in every form; ``done`` is told of each item.

    An item that fails is counted, and stops no other. Raises ``Systemic`` if the engine or the
    like breaks.
    """
    scores = Scores()
    found: dict[int, list[ScoredItem]] = {}
    waiting = iter(enumerate(labelled.items))

    async def carry() -> None:
        for place, item in waiting:
            try:
                found[place] = await _scored(labelled.name, item, forms, rooms)
            except Systemic:
                raise
            except Failure as failure:
                scores.failures[failure.reason] += 1
            done()

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(at_once, len(labelled.items))):
                group.create_task(carry())
    except BaseExceptionGroup as broken:
        raise broken.exceptions[0] from broken
    scores.items = [one for place in sorted(found) for one in found[place]]
    return scores


async def _scored(
    name: str, item: LabelledItem, forms: Sequence[AnswerForm], rooms: ScoringRooms
) -> list[ScoredItem]:
    media, sha256 = await _prepared(item, rooms)
    scored = []
    with media:
        for form in forms:
            answer = await _answer(media, form, rooms)
            scored.append(
                ScoredItem(
                    set=name,
                    path=item.name,
                    label=item.label,
                    group=item.group,
                    sha256=sha256,
                    form=form,
                    score=answer.score,
                    problem=answer.problem,
                    completion_tokens=answer.completion_tokens,
                    model=answer.model,
                )
            )
    return scored


async def _prepared(item: LabelledItem, rooms: ScoringRooms) -> tuple[PreparedMedia, str]:
    """Its pixels and the hash of its bytes; the bytes are let go of."""
    reference, size = await asyncio.to_thread(_located, item.path)
    async with rooms.memory.reserve(min(size, rooms.memory.limit)) as reservation:
        content: Content = await rooms.retry.run(
            lambda: rooms.fetcher.fetch(reference, reservation.resize, SETTERS), _ignored
        )
        recipe = rooms.detector.recipe
        with content:
            media: PreparedMedia = await rooms.retry.run(
                lambda: rooms.decoder.decode(content, recipe), _ignored
            )
        return media, content.sha256


def _located(path: Path) -> tuple[MediaReference, int]:
    try:
        real = path.resolve()
        return MediaReference(url=real.as_uri()), real.stat().st_size
    except (OSError, ValueError, RuntimeError) as error:
        raise Poison(Reason.MEDIA_NOT_FOUND, "there is no such file") from error


async def _answer(media: PreparedMedia, form: AnswerForm, rooms: ScoringRooms) -> Answer:
    generation = await rooms.retry.run(lambda: rooms.detector.generate(media, form=form), _ignored)
    return read_answer(generation, rooms.detector.identity, media.facts, rooms.clock.now())


def _ignored(_: Failure) -> None:
    """A try that failed; what counts is the last one."""
