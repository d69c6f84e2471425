"""From boxes at any angle to a bounded number of upright regions."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from worker.domain.typography import MAX_REGIONS, TextRegion
from worker.typography.regions import regions_of, share_of


def quad(left: float, top: float, right: float, bottom: float) -> npt.NDArray[np.float64]:
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=np.float64)


def test_a_turned_line_gives_its_upright_box_cut_to_the_frame() -> None:
    turned = np.array([[-4.2, 10.5], [30.1, 5.0], [31.0, 12.0], [-3.0, 17.4]])
    [region] = regions_of(turned[None], 100, 31)
    assert region == TextRegion(left=0, top=5, right=31, bottom=18)


def test_what_lies_outside_of_the_frame_is_none() -> None:
    assert regions_of(np.stack([quad(200, 0, 220, 10)]), 100, 100) == ()
    assert regions_of(np.empty((0, 4, 2)), 100, 100) == ()


@pytest.mark.parametrize("lines", [MAX_REGIONS, MAX_REGIONS + 1, 300])
@pytest.mark.parametrize(("height", "width"), [(1008, 1008), (28, 5600), (5600, 28)])
def test_many_lines_are_joined_and_none_is_left_out(lines: int, height: int, width: int) -> None:
    rng = np.random.default_rng(lines)
    left, top = rng.uniform(0, width - 2, lines), rng.uniform(0, height - 2, lines)
    quads = np.stack(
        [quad(x, y, x + width / 30, y + height / 90) for x, y in zip(left, top, strict=True)]
    )
    regions = regions_of(quads, height, width)
    assert 0 < len(regions) <= MAX_REGIONS
    cover = np.zeros((height, width), dtype=bool)
    for region in regions:
        cover[region.top : region.bottom, region.left : region.right] = True
    for x, y in zip(left, top, strict=True):
        assert cover[int(y), int(x)]
    assert share_of(regions, height, width) == pytest.approx(cover.mean())


def test_what_two_regions_share_counts_once() -> None:
    box = TextRegion(left=0, top=0, right=10, bottom=10)
    assert share_of((box, box), 20, 20) == 0.25
