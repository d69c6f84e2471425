"""The same bytes, and the same to the eye."""

from __future__ import annotations

import io
from itertools import combinations

import numpy as np
import pytest
from PIL import Image

from tests.datasets.made import clip, facts
from tests.support.media import pixels
from worker.datasets.duplicates import (
    across_splits,
    contradictions,
    exact_groups,
    joined,
    near_groups,
)
from worker.datasets.perceptual import perceptual_hashes
from worker.labelled.items import Truth


def bits(*places: int) -> tuple[str]:
    return (f"{sum(1 << place for place in places):016x}",)


def test_the_same_bytes_are_one_group_and_may_contradict() -> None:
    found = [
        facts(0, sha256="a" * 64),
        facts(1),
        facts(2, Truth.FAKE, sha256="a" * 64),
        facts(3, sha256=None),
        facts(4, sha256=None),
    ]
    assert exact_groups(found) == [(0, 2)]
    assert contradictions(found, exact_groups(found)) == [(0, 2)]
    assert contradictions(found, [(0, 1)]) == []


@pytest.mark.parametrize(
    ("apart", "near", "groups"), [(4, 4, [(0, 1)]), (5, 4, []), (5, 5, [(0, 1)]), (0, 0, [(0, 1)])]
)
def test_hashes_may_differ_by_so_many_bits(
    apart: int, near: int, groups: list[tuple[int, int]]
) -> None:
    found = [facts(0, phashes=bits()), facts(1, phashes=bits(*range(0, 13 * apart, 13)))]
    assert near_groups(found, near) == groups


def test_likeness_goes_on_over_others() -> None:
    chain = [bits(), bits(1, 2, 3), bits(1, 2, 3, 4, 5, 6), bits(*range(30, 50))]
    found = [facts(n, phashes=one) for n, one in enumerate(chain)]
    assert near_groups(found) == [(0, 1, 2)]


def test_no_pair_is_missed_that_comparing_all_would_find() -> None:
    rng = np.random.default_rng(3)
    seeds = rng.integers(2**63, size=30)
    hashes = [int(seed) for seed in seeds]
    for seed in seeds[:20]:
        flipped = rng.choice(64, int(rng.integers(0, 8)), replace=False)
        hashes.append(int(seed) ^ sum(1 << int(place) for place in flipped))
    found = [facts(n, phashes=(f"{one:016x}",)) for n, one in enumerate(hashes)]
    pairs = [
        (a, b)
        for a, b in combinations(range(len(hashes)), 2)
        if (hashes[a] ^ hashes[b]).bit_count() <= 4
    ]
    assert 5 < len(pairs) < 20
    assert near_groups(found) == joined(len(found), pairs)


def test_clips_are_alike_in_every_frame_and_images_are_no_clips() -> None:
    still, moving = bits(1, 2, 3), bits(40, 41, 42, 43, 44, 45)
    found = [
        clip(0, phashes=still * 3),
        clip(1, phashes=still * 3),
        clip(2, phashes=(*still * 2, *moving)),
        clip(3, phashes=still),
        facts(4, phashes=still),
        facts(5),
    ]
    assert near_groups(found) == [(0, 1)]


def test_groups_in_several_splits() -> None:
    found = [facts(n, split=split) for n, split in enumerate(("train", "test", "train", None))]
    assert across_splits(found, [(0, 1), (0, 2), (2, 3)]) == [(0, 1)]


def test_a_copy_in_jpeg_and_half_the_size_is_near_and_another_picture_is_not() -> None:
    def hashed(image: Image.Image) -> int:
        (one,) = perceptual_hashes(np.asarray(image.convert("RGB"))[None])
        return int(one, 16)

    # Pictures that have something to see; see NEAR for how many of all kinds are found.
    originals = [Image.fromarray(pixels(0.3, 256, 192, seed)) for seed in range(4)]
    for one, other in combinations(map(hashed, originals), 2):
        assert (one ^ other).bit_count() > 10
    found = 0
    for image in originals:
        packed = io.BytesIO()
        image.resize((128, 96)).save(packed, "JPEG", quality=50)
        found += (hashed(image) ^ hashed(Image.open(packed))).bit_count() <= 4
    assert found >= 3


def test_a_flat_frame_has_no_hash() -> None:
    frames = np.zeros((5, 64, 64, 3), dtype=np.uint8)
    frames[2] = pixels(0.0, 64, 64)
    assert len(perceptual_hashes(frames)) == 1
    assert perceptual_hashes(frames[:1]) == ()
