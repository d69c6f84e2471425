"""What is done to media: what comes out is opened by the real decoder."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.evaluation.made import begun, labelled, rooms
from tests.support.media import image_file, video_file
from tests.twins.detector import FakeDetector
from worker.decode import image
from worker.decode.decode import decode
from worker.decode.protocol import MediaLimits
from worker.decode.sniff import Library, sniff
from worker.demo.pictures import clip, picture
from worker.domain.failure import Poison, Reason
from worker.domain.media import MediaFacts, MediaKind
from worker.domain.recipe import DecodeRecipe, FrameSampling, PixelGrid
from worker.drawn.video import write_video
from worker.evaluation.journal import read_outcomes
from worker.evaluation.manifest import load_manifest
from worker.evaluation.report.notices import run_notices
from worker.evaluation.variants.registry import (
    SUITES,
    VariantInvalid,
    applies_to,
    variant,
    variants,
)
from worker.labelled.items import LabelledItem, Truth
from worker.models.spec import load_spec

ALL = sorted({name for suite in SUITES.values() for name in suite})
GRID = PixelGrid(factor=2, min_pixels=4, max_pixels=4_000_000)
AS_IT_IS = DecodeRecipe(
    image=GRID, video=GRID, sampling=FrameSampling(fps=1000, max_frames=1000, even=False)
)


@pytest.fixture(scope="module", autouse=True)
def _prepared() -> None:
    image.prepare()


@pytest.fixture
def still(tmp_path: Path) -> Path:
    path = tmp_path / "still.png"
    Image.fromarray(picture(np.random.default_rng(3), 0.5, 300, 200, "blocks")).save(path)
    return path


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.mp4"
    write_video(path, clip(np.random.default_rng(3), 0.5, 160, 120, 36, "bokeh"), "libx264")
    return path


def rendered(name: str, source: Path, folder: Path) -> Path:
    folder.mkdir()
    return variant(name).render(source, folder)


def seen(path: Path) -> tuple[np.ndarray, MediaFacts]:
    pixels = decode(path.read_bytes(), AS_IT_IS, MediaLimits())
    return pixels.frames, pixels.facts


def sharpness(frames: np.ndarray) -> float:
    return float(np.abs(np.diff(frames[0].astype(float), axis=1)).mean())


@pytest.mark.parametrize("name", ALL)
def test_the_same_file_gives_the_same_bytes_and_other_ones_than_before(
    name: str, tmp_path: Path, still: Path, film: Path
) -> None:
    for source in (still, film):
        assert variant(name).applies(source) is applies_to(name, sniff(source.read_bytes()).library)
        if not variant(name).applies(source):
            continue
        made = [rendered(name, source, tmp_path / f"{source.stem}{n}") for n in range(2)]
        hashes = {hashlib.sha256(path.read_bytes()).hexdigest() for path in made}
        assert len(hashes) == 1
        assert hashes != {hashlib.sha256(source.read_bytes()).hexdigest()}
        frames, facts = seen(made[0])
        assert facts.kind is (MediaKind.IMAGE if source is still else MediaKind.VIDEO)
        assert frames.std() > 5


def test_a_picture_after_each(tmp_path: Path, still: Path) -> None:
    before, _ = seen(still)
    found = {
        name: seen(rendered(name, still, tmp_path / name)) for name in ALL if "bit" not in name
    }
    sizes = {name: (facts.width, facts.height) for name, (_, facts) in found.items()}
    assert sizes["resize-50"] == (150, 100)
    assert sizes["crop-80"] == (240, 160)
    assert sizes["screenshot"] == (720, 48 + 480 + 96)
    assert sizes["canonical"] == (384, 384)
    assert sizes["jpeg-50"] == sizes["blur-1"] == sizes["text"] == (300, 200)
    apart = {
        name: np.abs(found[name][0].astype(float) - before).mean()
        for name in ("jpeg-90", "jpeg-50", "jpeg-30")
    }
    assert 0 < apart["jpeg-90"] < apart["jpeg-50"] < apart["jpeg-30"]
    assert sharpness(found["blur-2"][0]) < sharpness(found["blur-1"][0]) < sharpness(before)
    # The crop is the middle, to the pixel; the caption leaves the upper half alone.
    assert np.array_equal(found["crop-80"][0][0], before[0, 20:180, 30:270])
    text = found["text"][0][0]
    assert np.array_equal(text[:100], before[0, :100])
    assert (text[100:] != before[0, 100:]).any(axis=-1).mean() > 0.02


def test_a_video_after_each(tmp_path: Path, film: Path) -> None:
    before, facts = seen(film)
    sizes = {}
    for name in ("resize-50", "crop-80", "text", "screenshot", "bitrate-300", "bitrate-10"):
        path = rendered(name, film, tmp_path / name)
        frames, after = seen(path)
        assert (after.frames, after.codec, after.mime) == (36, "h264", "video/mp4")
        assert after.duration_s == pytest.approx(facts.duration_s, abs=0.1)
        sizes[name] = path.stat().st_size
        if name == "crop-80":
            expected = before[:, 12:108, 16:144].astype(float)
            assert np.abs(frames - expected).mean() < 2  # nearly lossless
    assert sizes["bitrate-10"] < sizes["bitrate-300"] < 300_000 / 8 * 3 * 1.5
    path = rendered("canonical", film, tmp_path / "canonical")
    frames, after = seen(path)
    assert (after.width, after.height, after.frames, after.duration_s) == (384, 384, 16, 2.0)


def test_canonical_takes_the_frame_that_is_shown_at_each_time(tmp_path: Path) -> None:
    """Frames brighter and brighter, 12 a second: the one at 8ths of a second tells its number."""
    frames = np.repeat(np.arange(30, dtype=np.uint8) * 8, 64 * 64 * 3).reshape(30, 64, 64, 3)
    path = tmp_path / "brighter.mp4"
    write_video(path, frames, "libx264")
    made, _ = seen(rendered("canonical", path, tmp_path / "made"))
    numbers = [round(float(frame.mean()) / 8) for frame in made]
    assert numbers == [int(12 * n / 8 + 1e-9) for n in range(16)]


def test_canonical_leaves_no_metadata_and_refuses_what_is_too_short(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    exif = Image.Exif()
    exif[0x010F] = "Some Camera"
    Image.fromarray(picture(np.random.default_rng(1), 0.5, 90, 60)).save(path, exif=exif)
    made = rendered("canonical", path, tmp_path / "made")
    assert b"Some Camera" in path.read_bytes()
    assert b"Some Camera" not in made.read_bytes()
    short = tmp_path / "short.mp4"
    write_video(short, clip(np.random.default_rng(3), 0.5, 64, 64, 12), "libx264")
    with pytest.raises(Poison, match="shorter than two seconds"):
        rendered("canonical", short, tmp_path / "other")


def test_a_turned_photo_is_upright_and_an_animation_becomes_a_video(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "turned.jpg"
    Image.fromarray(picture(np.random.default_rng(1), 0.5, 90, 60)).save(path, exif=exif)
    _, facts = seen(rendered("blur-1", path, tmp_path / "turned"))
    assert (facts.width, facts.height) == (60, 90)
    frames = [Image.fromarray(one) for one in clip(np.random.default_rng(1), 0.5, 64, 48, 20)]
    path = tmp_path / "moving.gif"
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=100)
    for name in ("jpeg-50", "resize-50"):
        _, facts = seen(rendered(name, path, tmp_path / name))
        assert (facts.kind, facts.frames) == (MediaKind.VIDEO, 20)
        assert facts.duration_s == pytest.approx(2.0, abs=0.15)


def test_a_name_that_is_none(tmp_path: Path) -> None:
    for name in ("jpeg", "jpeg-0", "jpeg-101", "jpeg-050", "jpeg-x", "sepia", "", "blur-1.5"):
        with pytest.raises(VariantInvalid, match="--variant"):
            variant(name)
    with pytest.raises(VariantInvalid, match="--variants: 'all' is none of robustness, short"):
        variants(suite="all")
    named = [one.name for one in variants(("jpeg-50", "canonical", "jpeg-50"), "controls")]
    assert named == ["original", "canonical", "jpeg-50"]


async def test_a_run_asks_only_where_a_variant_applies(tmp_path: Path) -> None:
    files = {
        "a.png": image_file(0.9),
        "b.mp4": video_file(-0.9),
        "c.png": b"no picture",
        "d.png": image_file(0.9)[:200],
    }
    items = []
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        items.append(LabelledItem(tmp_path / name, name, Truth.REAL))
    of, to = labelled(*items), tmp_path / "run"
    chosen = variants(("jpeg-50", "bitrate-100", "blur-1"))
    run, plan = begun(to, of, variants=chosen)
    await run.go(plan, rooms(FakeDetector(load_spec("tiny"))), at_once=2, done=lambda _: None)
    outcomes = list(read_outcomes(to))
    answered = Counter(one.variant for one in outcomes if one.answered)
    assert answered == {"original": 2, "jpeg-50": 1, "bitrate-100": 1, "blur-1": 2}
    torn = [one for one in outcomes if one.path == "d.png"]
    assert {one.failure for one in torn} == {Reason.MEDIA_UNDECODABLE}
    assert [one.path for one in outcomes if one.path == "c.png"] == ["c.png"]
    assert len({one.sha256 for one in outcomes if one.answered}) == 6
    notices = list(run_notices(load_manifest(to), outcomes))
    assert not any("not whole" in one for one in notices)
    less = [one for one in outcomes if one.variant != "bitrate-100"]
    assert any("not whole" in one for one in run_notices(load_manifest(to), less))
    assert not begun(to, of, variants=chosen)[1].tasks


def test_a_file_of_another_type_than_its_name(tmp_path: Path) -> None:
    path = tmp_path / "film.png"
    path.write_bytes(video_file(-0.9))
    assert applies_to("bitrate-100", Library.FFMPEG)
    assert variant("bitrate-100").applies(path)
    assert not variant("jpeg-50").applies(path)
    assert not variant("jpeg-50").applies(tmp_path / "missing.png")
    with pytest.raises(Poison):
        variant("blur-1").render(tmp_path / "missing.png", tmp_path)
