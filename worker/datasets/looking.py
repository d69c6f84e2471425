"""Looking at every media of a set through the sandboxed decoder, many at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from worker.datasets.facts import Facts, place_of
from worker.datasets.perceptual import perceptual_hashes
from worker.decode.protocol import Decoder
from worker.domain.failure import Failure, Poison, Reason, Systemic
from worker.domain.media import Content, PreparedMedia
from worker.domain.recipe import DecodeRecipe, FrameSampling, PixelGrid
from worker.domain.upload import MediaReference
from worker.fetch.protocol import Fetcher
from worker.flow.byte_budget import ByteBudget
from worker.flow.retry import Retry
from worker.labelled.items import LabelledItem
from worker.process.shared_memory import map_pixels

GRID = PixelGrid(min_pixels=56 * 56, max_pixels=256 * 256)
"""Enough for a perceptual hash, which looks at 32 x 32."""

RECIPE = DecodeRecipe(
    image=GRID, video=GRID, sampling=FrameSampling(fps=2, max_frames=5, min_frames=3, even=False)
)
"""Five frames over the whole; the middle ones are hashed."""

NOBODY = "default"
"""The tenant of a file that somebody named: it has none."""


@dataclass(frozen=True, slots=True)
class LookingRooms:
    """The parts that a file passes through; no model is among them."""

    fetcher: Fetcher
    decoder: Decoder
    retry: Retry
    memory: ByteBudget
    at_once: int
    """Files on their way: two for each decode process keep them busy."""


def still_so(item: LabelledItem, known: Mapping[str, Facts]) -> bool:
    """Whether the item's file is known, and has not changed since."""
    old = known.get(place_of(item))
    try:
        return old is not None and old.still_of(item)
    except OSError:
        return False


async def look_at(
    items: tuple[LabelledItem, ...],
    rooms: LookingRooms,
    found: Callable[[Facts], None],
) -> None:
    """Tell ``found`` the facts of each item as they come.

    One that cannot be decoded has a ``problem``, and stops no other. Raises ``Systemic`` if the
    decoder breaks.
    """
    waiting = iter(items)

    async def carry() -> None:
        for item in waiting:
            found(await _facts(item, rooms))

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(rooms.at_once, len(items))):
                group.create_task(carry())
    except BaseExceptionGroup as broken:
        raise broken.exceptions[0] from broken


async def _facts(item: LabelledItem, rooms: LookingRooms) -> Facts:
    facts = Facts(
        path=place_of(item),
        name=item.name,
        label=item.label,
        group=item.group,
        split=item.split,
        bytes=0,
        mtime_ns=0,
    )
    try:
        url, size, mtime_ns = await asyncio.to_thread(_located, item)
        facts = facts.model_copy(update={"bytes": size, "mtime_ns": mtime_ns})
        async with rooms.memory.reserve(min(size, rooms.memory.limit)) as reservation:
            content: Content = await rooms.retry.run(
                lambda: rooms.fetcher.fetch(MediaReference(url=url), reservation.resize, NOBODY),
                _ignored,
            )
            facts = facts.model_copy(update={"sha256": content.sha256})
            with content:
                media = await rooms.retry.run(
                    lambda: rooms.decoder.decode(content, RECIPE), _ignored
                )
        with media:
            return facts.model_copy(update=await asyncio.to_thread(_seen, media))
    except Systemic:
        raise
    except Failure as failure:
        problem = f"{failure.reason.value}: {failure.detail}"
        return facts.model_copy(update={"problem": problem})


def _located(item: LabelledItem) -> tuple[str, int, int]:
    try:
        real = item.path.resolve()
        stat = real.stat()
    except (OSError, ValueError, RuntimeError) as error:
        raise Poison(Reason.MEDIA_NOT_FOUND, "there is no such file") from error
    return real.as_uri(), stat.st_size, stat.st_mtime_ns


def _seen(media: PreparedMedia) -> dict[str, object]:
    seen = media.facts
    return {
        "kind": seen.kind,
        "mime": seen.mime,
        "codec": seen.codec,
        "width": seen.width,
        "height": seen.height,
        "frames": seen.frames,
        "duration_s": seen.duration_s,
        "phashes": perceptual_hashes(map_pixels(media.fd, media.shape)),
    }


def _ignored(_: Failure) -> None:
    """A try that failed; what counts is the last one."""
