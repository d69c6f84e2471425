"""The sample media, and the arithmetic of the summary."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from worker.decode import image
from worker.decode.decode import decode
from worker.decode.protocol import DecodeLimits
from worker.demo.chance import better_than_chance
from worker.demo.samples import find_samples, make_samples
from worker.demo.show import percentile
from worker.domain.media import MediaKind
from worker.domain.verdict import Label
from worker.drawn.artifacts import ARTIFACTS
from worker.drawn.scenes import SHAPES
from worker.models.spec import load_spec


def test_there_are_enough_of_every_kind_and_every_artifact(tmp_path: Path) -> None:
    image.prepare()
    made: list[None] = []
    samples = make_samples(tmp_path, lambda: made.append(None))
    assert len(made) == len(samples) == len(list(tmp_path.iterdir()))
    suffixes = Counter(sample.path.suffix for sample in samples)
    assert set(suffixes) == {
        *(".jpg", ".png", ".webp", ".gif", ".avif", ".heic"),
        *(".mp4", ".webm", ".mov", ".mkv"),
    }
    kinds: Counter[MediaKind] = Counter()
    recipe = load_spec("tiny-artifacts").recipe
    for sample in samples:
        pixels = decode(sample.path.read_bytes(), recipe, DecodeLimits())
        kinds[pixels.facts.kind] += 1
        assert (pixels.frames.shape[2], pixels.frames.shape[1]) in SHAPES  # as it was drawn
        assert sample.expected is (Label.AI_GENERATED if sample.artifact else Label.AUTHENTIC)
    assert kinds[MediaKind.IMAGE] >= 40
    assert kinds[MediaKind.VIDEO] == 9
    artifacts = Counter(sample.artifact for sample in samples)
    assert artifacts.keys() == {None, *(artifact.dimension for artifact in ARTIFACTS)}


def test_a_coin_is_no_better_than_chance() -> None:
    assert not better_than_chance(0, 0)
    assert not better_than_chance(30, 51)
    assert better_than_chance(40, 51)


def test_the_samples_are_the_same_each_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        make_samples(tmp_path / name)
    for file in (tmp_path / "one").glob("*.png"):
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()


def test_a_persons_own_files_have_no_known_label(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "a.jpg").write_bytes(b"x")
    (tmp_path / ".hidden").write_bytes(b"x")
    (sample,) = find_samples(tmp_path)
    assert sample.path.name == "a.jpg"
    assert sample.expected is None


@pytest.mark.parametrize(
    ("count", "share", "expected"), [(1, 0.95, 1), (20, 0.95, 19), (21, 0.95, 20), (100, 0.5, 50)]
)
def test_a_percentile_is_the_nearest_rank(count: int, share: float, expected: int) -> None:
    assert percentile(list(range(1, count + 1)), share) == expected
