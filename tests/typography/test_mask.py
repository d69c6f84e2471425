from __future__ import annotations

import numpy as np
import pytest

from tests.support.typographic import Part, typographic_set
from worker.domain.typography import Claim, TextRegion
from worker.typography.finder import TextFinder
from worker.typography.mask import mask_text


def test_what_lies_outside_stays_to_the_bit_and_what_lies_inside_fits_in() -> None:
    rows, columns = np.mgrid[0:120, 0:200]
    clean = np.stack([rows, columns, rows + columns], axis=2).astype(np.uint8)[None]
    frames = np.concatenate([clean, clean])
    frames[:, 50:60, 80:120] = 255
    region = TextRegion(left=80, top=50, right=120, bottom=60)
    masked = mask_text(frames, [region])
    outside = np.ones((120, 200), dtype=bool)
    outside[48:62, 78:122] = False
    assert (masked[:, outside] == frames[:, outside]).all()
    assert (frames[:, 50:60, 80:120] == 255).all()  # a copy was changed
    apart = np.abs(masked.astype(int) - clean.astype(int))
    assert apart.mean(axis=(0, 3))[50:60, 80:120].max() < 16


@pytest.mark.parametrize(
    "region",
    [
        TextRegion(left=0, top=0, right=200, bottom=120),
        TextRegion(left=199, top=119, right=200, bottom=120),
        TextRegion(left=0, top=0, right=1, bottom=120),
    ],
)
def test_regions_may_touch_the_border(region: TextRegion) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (1, 120, 200, 3), dtype=np.uint8)
    assert mask_text(frames, [region]).shape == frames.shape


def test_a_sky_gets_no_seam_and_keeps_its_grain() -> None:
    rows = np.linspace(40, 220, 300)[:, None, None]
    noise = np.random.default_rng(1).normal(0, 6, (300, 400, 3))
    sky = np.clip(rows + noise, 0, 255).astype(np.uint8)
    written = sky.copy()
    written[120:180:4, 60:340] = 255
    region = TextRegion(left=50, top=110, right=350, bottom=190)
    filled = mask_text(written[None], [region])[0]
    inside = filled[110:190, 50:350].astype(float)
    assert np.abs(inside.mean(axis=(1, 2)) - rows[110:190, 0, 0]).max() < 8
    assert np.abs(np.diff(inside.mean(axis=(1, 2)))).max() < 4  # a seam would be a step
    assert 4 < inside.std(axis=1).mean() < 8


def test_the_same_picture_is_masked_in_the_same_way() -> None:
    frames = np.random.default_rng(0).integers(0, 256, (1, 56, 84, 3), dtype=np.uint8)
    region = TextRegion(left=8, top=8, right=50, bottom=30)
    assert (mask_text(frames, [region]) == mask_text(frames, [region])).all()


def test_without_regions_nothing_changes() -> None:
    frames = np.random.default_rng(0).integers(0, 256, (1, 28, 28, 3), dtype=np.uint8)
    assert (mask_text(frames, []) == frames).all()


def test_after_masking_nothing_can_be_read_any_more() -> None:
    finder = TextFinder()
    claims = [one for one in typographic_set(Part.TUNED) if one.claim is not Claim.NONE][:16]
    left = 0
    for one in claims:
        seen = finder.find(one.pixels)
        masked = mask_text(one.pixels[None], seen.regions)[0]
        left += finder.find(masked).claim is one.claim and seen.claim is one.claim
    assert left == 0
