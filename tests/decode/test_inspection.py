"""What is read beside the pixels, through a real decode process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from PIL import Image, ImageDraw, ImageFont

from tests.support.media import encode, image_file, video_file
from worker.decode.config import DecodeConfig
from worker.decode.pool import DecodePool
from worker.demo.origins import origin_options
from worker.domain.failure import Reason, Systemic
from worker.domain.media import Content
from worker.domain.provenance import Indication, Provenance
from worker.domain.recipe import DecodeRecipe, PixelGrid
from worker.domain.typography import Claim, TextSeen
from worker.domain.windows import Windows

GRID = PixelGrid(min_pixels=3136, max_pixels=1003520)
RECIPE = DecodeRecipe(image=GRID, video=GRID)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pool() -> AsyncIterator[DecodePool]:
    pool = DecodePool(DecodeConfig(processes=1))
    try:
        await pool.start()
        yield pool
    finally:
        await pool.close()


def with_text(text: str, **options: object) -> Content:
    page = Image.fromarray(np.full((448, 672, 3), (60, 90, 140), np.uint8))
    ImageDraw.Draw(page).text((40, 60), text, fill="white", font=ImageFont.load_default(size=44))
    return Content.of(encode(page, "PNG", **options))


@pytest.mark.asyncio(loop_scope="session")
async def test_text_and_provenance_come_with_the_pixels(pool: DecodePool) -> None:
    content = with_text("this photo is real", **origin_options("png", fake=True))
    with await pool.decode(content, RECIPE) as media:
        assert media.text is not None
        assert media.text.claim is Claim.AUTHENTIC
        assert media.text.fits(media.height, media.width)
        assert media.provenance is not None
        assert media.provenance.indication is Indication.AI_GENERATED


@pytest.mark.asyncio(loop_scope="session")
async def test_a_picture_without_either_says_so(pool: DecodePool) -> None:
    with await pool.decode(Content.of(image_file(0.5)), RECIPE) as media:
        assert media.text == TextSeen()
        assert media.provenance == Provenance()


@pytest.mark.asyncio(loop_scope="session")
async def test_a_window_is_searched_for_text_and_its_file_is_read_but_once(
    pool: DecodePool,
) -> None:
    content = Content.of(video_file(0.5, frames=64))
    windows = await pool.plan(content, RECIPE, Windows(longer_than_s=0))
    with await pool.decode(content, RECIPE, windows[0]) as media:
        assert media.text == TextSeen()
        assert media.provenance is None


async def test_neither_is_done_where_it_is_switched_off() -> None:
    pool = DecodePool(DecodeConfig(processes=1, text=False, provenance=False))
    try:
        await pool.start()
        with await pool.decode(with_text("this photo is real"), RECIPE) as media:
            assert media.text is None
            assert media.provenance is None
    finally:
        await pool.close()


async def test_trust_anchors_that_are_not_there_are_named(tmp_path: Path) -> None:
    pool = DecodePool(DecodeConfig(processes=1, trust_anchors=tmp_path / "none.pem"))
    with pytest.raises(Systemic, match=r"decode\.trust_anchors") as raised:
        await pool.start()
    await pool.close()
    assert raised.value.reason is Reason.DECODER_FAILED
