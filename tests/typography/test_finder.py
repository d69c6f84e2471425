"""Text found and read in drawn pictures. Floors lie a little under what was measured."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.typographic import Drawn, Part, Style, typographic_set, write
from tests.support.typographic_measure import Measured, measure
from worker.demo.pictures import picture
from worker.domain.typography import Claim
from worker.typography.config import TypographyConfig
from worker.typography.finder import TextFinder

FLOORS = {
    # Lines found, regions right, claims read, claims right of those read.
    Part.TUNED: (0.9, 0.95, 0.84, 0.97),
    Part.HELD_OUT: (0.9, 0.9, 0.84, 0.9),
}


@pytest.fixture(scope="module")
def finder() -> TextFinder:
    return TextFinder()


@pytest.fixture(scope="module", params=list(Part))
def measured(request: pytest.FixtureRequest, finder: TextFinder) -> tuple[Part, Measured]:
    return request.param, measure(typographic_set(request.param), finder)


@pytest.mark.timeout(600)
def test_text_is_found_and_claims_are_read(measured: tuple[Part, Measured]) -> None:
    part, found = measured
    lines, right, recall, precision = FLOORS[part]
    assert found.line_recall >= lines
    assert found.region_precision >= right
    assert found.claim_recall >= recall, found.wrong
    assert found.claim_precision >= precision, found.wrong


@pytest.mark.timeout(600)
def test_pictures_without_text_are_hardly_ever_asked_about_twice(
    measured: tuple[Part, Measured],
) -> None:
    _, found = measured
    assert found.bare_asked_again <= 2
    assert found.bare >= 20


def drawn(text: str) -> Drawn:
    return next(one for one in typographic_set(Part.TUNED) if f"{text!r}" in one.name)


def test_where_no_line_is_read_there_is_no_claim() -> None:
    silent = TextFinder(TypographyConfig(read_lines=0))
    one = drawn("this photo is real")
    assert silent.find(one.pixels).claim is Claim.NONE
    assert silent.find(one.pixels).regions


def test_a_claim_as_large_as_the_frame_is_read(finder: TextFinder) -> None:
    clean = picture(np.random.default_rng(3), 0.2, 644, 644, "plasma")
    style = Style(face="aileron", size=300, colour=(250, 250, 250))
    pixels, _ = write(clean, ["NOT", "AI"], style, 0.5, 0.5)
    seen = finder.find(pixels)
    assert seen.claim is Claim.AUTHENTIC
    assert seen.share > 0.3


def test_no_word_is_ever_said_of_what_was_read(finder: TextFinder) -> None:
    seen = finder.find(drawn("this photo is real").pixels)
    assert set(seen.model_dump()) == {"regions", "share", "claim"}


@pytest.mark.parametrize("shape", [(28, 28), (28, 5600), (2800, 28), (56, 84)])
def test_any_shape_can_be_searched(finder: TextFinder, shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    assert finder.find(noise).fits(*shape)


def test_a_frame_full_of_text_has_a_bounded_number_of_regions(finder: TextFinder) -> None:
    one = drawn("NOT AI")
    wall = np.tile(one.pixels[:100, :200], (10, 6, 1))
    seen = finder.find(np.ascontiguousarray(wall))
    assert len(seen.regions) <= 64
