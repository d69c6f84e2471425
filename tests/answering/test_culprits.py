"""An engine that dies over a content, and a supervisor that starts the worker again."""

from __future__ import annotations

import asyncio

import pytest

from tests.answering.fleet import Fleet
from tests.support.media import image_file, video_file
from tests.twins.decoder import InProcessDecoder
from worker.answering.gate import FEW
from worker.cache.suspicion import Standing
from worker.domain.answer import Answer
from worker.domain.cache_key import CacheKey
from worker.domain.failure import Poison, Reason
from worker.domain.media import Content, PreparedMedia
from worker.domain.procedure import Procedure
from worker.domain.windows import Windows


def pictures(count: int) -> list[Content]:
    """Each of a width of its own, from 60 on."""
    return [Content.of(image_file(0.9, "PNG", 60 + n, 56, n)) for n in range(count)]


@pytest.mark.parametrize(
    ("count", "deadly", "most_deaths"),
    [
        (1, {60}, 2),
        (20, {67}, 2),  # among few, and alone
        (FEW, {67, 70, 71}, 6),  # fewer where they were in it together
        (4 * FEW, {150}, 3),  # among many, in a group, and alone
        (4 * FEW, {70, 150}, 6),
    ],
)
async def test_culprits_are_found_and_the_others_have_their_answers(
    count: int, deadly: set[int], most_deaths: int
) -> None:
    fleet, contents = Fleet(deadly), pictures(count)
    outcomes = await fleet.work_off(contents)
    for number, outcome in enumerate(outcomes):
        if 60 + number in deadly:
            assert isinstance(outcome, Poison)
            assert outcome.reason is Reason.ENGINE_KILLED
            assert contents[number].sha256 in outcome.detail
        else:
            assert isinstance(outcome, Answer)
    assert fleet.detector.deaths <= most_deaths
    # Whoever answered is held for nothing any more.
    for content, outcome in zip(contents, outcomes, strict=True):
        claim = await fleet.cache.claim(CacheKey.of(content.sha256, fleet.detector.identity))
        assert isinstance(outcome, Poison) or claim.suspicion.standing is Standing.CLEAR


async def test_a_convicted_content_is_neither_decoded_nor_asked_about() -> None:
    fleet = Fleet({60})
    contents = pictures(1)
    await fleet.work_off(contents)
    asked = fleet.detector.asked_in_all
    fleet.decoder = Undecided()
    (outcome,) = await fleet.work_off(contents)
    assert isinstance(outcome, Poison)
    assert fleet.detector.asked_in_all == asked


class Undecided(InProcessDecoder):
    """Is not to be asked."""

    async def decode(self, *_: object, **__: object) -> PreparedMedia:
        raise AssertionError


async def test_an_engine_killed_from_outside_costs_nobody_a_verdict() -> None:
    fleet, contents = Fleet(set()), pictures(12)

    async def kill() -> None:
        while fleet.detector.asked_in_all < 5:
            await asyncio.sleep(0)
        fleet.detector.kill_once()

    outcomes, _ = await asyncio.gather(fleet.work_off(contents), kill())
    assert all(isinstance(outcome, Answer) for outcome in outcomes)
    assert fleet.detector.asked_in_all > len(contents)  # some were asked about again
    assert fleet.detector.deaths == 1


async def test_the_windows_of_one_video_are_one_culprit() -> None:
    windows = Procedure(windows=Windows(longer_than_s=1, length_s=1))
    video = Content.of(video_file(0.9, frames=48, fps=8, width=128))
    fleet = Fleet({128}, windows)
    *others, outcome = await fleet.work_off([*pictures(6), video])
    assert isinstance(outcome, Poison)
    assert outcome.reason is Reason.ENGINE_KILLED
    assert all(isinstance(other, Answer) for other in others)
    assert fleet.detector.deaths == 2
