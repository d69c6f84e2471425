"""Properties of files that tell the label, and those that do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.datasets.made import clip, facts
from worker.datasets.facts import Facts
from worker.datasets.leaks import ALL, LEAK_FROM, Leak, find_leaks
from worker.labelled.items import Truth

RNG = np.random.default_rng(0)
NOISE = RNG.integers(200, 2000, size=(400, 3))
"""Width, height and bytes that have nothing to do with the label."""


def a_set(
    make: Callable[..., Facts], real: dict[str, Any], fake: dict[str, Any], each: int = 150
) -> list[Facts]:
    """``each`` media of a label, with random sizes but for what is stated."""
    found = []
    for number in range(2 * each):
        width, height, size = (int(value) for value in NOISE[number])
        stated = fake if number % 2 else real
        changes = {"width": width, "height": height, "bytes": size, **stated}
        found.append(make(number, Truth.FAKE if number % 2 else Truth.REAL, **changes))
    return found


def leaking(leaks: list[Leak]) -> set[str]:
    return {leak.property for leak in leaks if leak.leaks}


@pytest.mark.parametrize(
    ("make", "real", "fake", "properties"),
    [
        (facts, {"mime": "image/jpeg"}, {"mime": "image/png"}, {"container"}),
        (clip, {"codec": "h264"}, {"codec": "hevc"}, {"codec"}),
        (clip, {"duration_s": 10.0}, {"duration_s": 2.0}, {"duration", "frame rate"}),
        (clip, {"duration_s": 2.0}, {"duration_s": None}, {"duration", "frame rate"}),
        (facts, {"bytes": 5_000}, {"bytes": 90_000}, {"bytes", "bytes per pixel"}),
    ],
)
def test_what_differs_by_label_is_found_and_nothing_else(
    make: Callable[..., Facts],
    real: dict[str, Any],
    fake: dict[str, Any],
    properties: set[str],
) -> None:
    leaks, untested = find_leaks(a_set(make, real, fake))
    assert not untested
    assert leaking(leaks) == {*properties, ALL}
    for leak in leaks:
        if leak.property in properties:
            assert leak.auc > 0.9
            assert leak.low <= leak.auc <= leak.high


def test_a_set_without_leaks_has_none() -> None:
    leaks, _ = find_leaks(a_set(facts, {}, {}))
    assert leaks
    assert leaking(leaks) == set()
    assert all(leak.low < 0.5 < leak.high + 0.1 for leak in leaks)


def test_a_square_among_others_is_found_though_no_threshold_tells_it() -> None:
    # Fakes lie in the middle of the real ones: a rank statistic would see nothing.
    sizes = [int(value) for value in RNG.choice([300, 900], 150)]
    found = a_set(facts, {}, {"width": 600})
    found = [
        one if one.label is Truth.FAKE else one.model_copy(update={"width": sizes[n // 2]})
        for n, one in enumerate(found)
    ]
    assert "width" in leaking(find_leaks(found)[0])


def test_images_and_videos_are_tested_apart() -> None:
    found = [*a_set(facts, {}, {}), *a_set(clip, {"width": 320}, {"width": 1024})]
    leaks, _ = find_leaks(found)
    assert {leak.kind.value for leak in leaks if leak.leaks} == {"video"}


def test_too_few_are_not_tested_and_the_unreadable_do_not_count() -> None:
    few = a_set(facts, {}, {}, each=19)
    broken = [
        one.model_copy(update={"problem": "media_undecodable"}) for one in a_set(clip, {}, {})
    ]
    leaks, (untested,) = find_leaks([*few, *broken])
    assert leaks == []
    assert (untested.kind.value, untested.real, untested.fake) == ("image", 19, 19)


def test_the_limit_moves_what_is_called_a_leak_and_the_seed_repeats_it() -> None:
    found = a_set(facts, {}, {"mime": "image/jpeg"})
    half = [
        one if n % 4 == 1 else one.model_copy(update={"mime": "image/png"})
        for n, one in enumerate(found)
    ]
    (mild,) = (leak for leak in find_leaks(half)[0] if leak.property == "container")
    assert LEAK_FROM < mild.low < 0.75 < mild.high < 0.85
    assert mild.leaks
    assert "container" not in leaking(find_leaks(half, limit=0.8)[0])
    assert find_leaks(half, seed=5) == find_leaks(half, seed=5)
    assert (mild.real, mild.fake[:5]) == ("image/png 100%", "image")
