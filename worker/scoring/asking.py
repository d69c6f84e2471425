"""One file, one question, one answer.

Nothing here knows a label: what an answer says is read before anybody holds it against the truth.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from worker.domain.answer import Answer
from worker.domain.failure import Failure, Poison, Reason
from worker.domain.generation import AnswerForm, Generation
from worker.domain.media import Content, PreparedMedia
from worker.domain.upload import MediaReference
from worker.parsing.answer import read_answer
from worker.scoring.rooms import ScoringRooms

SETTERS = "default"
"""The tenant of a file that somebody named: it has none."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the model wrote, and how it is read."""

    generation: Generation
    answer: Answer


async def prepare(path: Path, rooms: ScoringRooms) -> tuple[PreparedMedia, str]:
    """Its pixels and the hash of its bytes; the bytes are let go of. Raises ``Failure``."""
    reference, size = await asyncio.to_thread(_located, path)
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


async def ask(media: PreparedMedia, form: AnswerForm, rooms: ScoringRooms) -> Asked:
    """Ask, and read the answer as the service reads it. Raises ``Failure``."""
    generation = await rooms.retry.run(lambda: rooms.detector.generate(media, form=form), _ignored)
    return Asked(
        generation,
        read_answer(generation, rooms.detector.identity, media.facts, rooms.clock.now()),
    )


def _located(path: Path) -> tuple[MediaReference, int]:
    try:
        real = path.resolve()
        return MediaReference(url=real.as_uri()), real.stat().st_size
    except (OSError, ValueError, RuntimeError) as error:
        raise Poison(Reason.MEDIA_NOT_FOUND, "there is no such file") from error


def _ignored(_: Failure) -> None:
    """A try that failed; what counts is the last one."""
