"""Drawn media without end: no two alike, and what the real decoder makes of them."""

from __future__ import annotations

import io
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from worker.decode import image
from worker.decode.decode import decode
from worker.decode.protocol import DecodeLimits
from worker.models.spec import load_spec
from worker.stress.folder import FolderSupply, NoFiles
from worker.stress.jpeg import JpegMould, NotJpeg
from worker.stress.stock import CLIPS, PICTURES, NothingFits, Stock, draw_stock, parts_of
from worker.stress.supply import Item, NoSuchItem

SEEN = 60
"""Contents of each kind that are held against each other."""


@pytest.fixture(scope="module")
def stock() -> Stock:
    told: list[int] = []
    made = draw_stock(
        clip_share=0.5, seed=0, first=10**9, largest=None, drawn=lambda: told.append(1)
    )
    assert len(told) == parts_of(0.5) == len(PICTURES) + len(CLIPS)
    return made


def items(stock: Stock, begin: str) -> list[Item]:
    found = (stock.item(number) for number in range(10_000))
    matching = [item for item in found if item.name.startswith(begin)]
    assert len(matching) >= SEEN
    return matching[:SEEN]


@pytest.mark.parametrize("place", range(len(PICTURES)))
def test_pictures_are_of_their_size_and_none_has_anothers_pixels(stock: Stock, place: int) -> None:
    image.prepare()
    recipe = load_spec("tiny").recipe  # the smallest grid: most of a picture is gone there
    files, pixels = set(), set()
    for item in items(stock, f"i{place}")[: SEEN // (1 + place)]:
        data = stock.read(item)
        assert data == stock.read(item)
        with Image.open(io.BytesIO(data)) as opened:
            assert opened.size == (PICTURES[place].width, PICTURES[place].height)
        files.add(data)
        pixels.add(decode(data, recipe, DecodeLimits()).frames.tobytes())
    assert len(files) == len(pixels) == SEEN // (1 + place)


@pytest.mark.parametrize("place", range(len(CLIPS)))
def test_clips_are_of_their_length_and_none_has_anothers_frames(stock: Stock, place: int) -> None:
    recipe = load_spec("tiny").recipe
    files, pixels = set(), set()
    for item in items(stock, f"c{place}")[:12]:
        data = stock.read(item)
        assert data == stock.read(item)
        with av.open(io.BytesIO(data)) as container:
            stream = container.streams.video[0]
            assert (stream.width, stream.height) == (CLIPS[place].width, CLIPS[place].height)
            assert container.duration == pytest.approx(CLIPS[place].seconds * 1e6, rel=0.02)
        files.add(data)
        pixels.add(decode(data, recipe, DecodeLimits()).frames.tobytes())
    assert len(files) == len(pixels) == 12


def test_shares_of_kinds_and_sizes_are_those_that_are_stated(stock: Stock) -> None:
    names = [stock.item(number).name for number in range(6000)]
    clips = [name for name in names if name.startswith("c")]
    assert len(clips) == pytest.approx(3000, rel=0.07)
    for place, shape in enumerate(PICTURES):
        found = sum(name.startswith(f"i{place}-") for name in names)
        assert found == pytest.approx(shape.share * 3000, rel=0.15)


def test_another_run_has_other_bytes(stock: Stock) -> None:
    other = Stock(stock.moulds, stock.reels, stock.clip_share, stock.seed, stock.first + 10**6)
    for number in range(20):
        item = stock.item(number)
        assert stock.read(item) != other.read(item)


def test_what_is_too_large_for_an_event_is_left_out() -> None:
    small = draw_stock(clip_share=0.5, seed=0, first=0, largest=512 * 1024)
    assert 0 < len(small.moulds) < len(PICTURES)
    assert 0 < len(small.reels) < len(CLIPS)
    sizes = [len(small.read(small.item(number))) for number in range(300)]
    assert max(sizes) <= 512 * 1024
    with pytest.raises(NothingFits, match="--serve"):
        draw_stock(clip_share=0.0, seed=0, first=0, largest=1000)


@pytest.mark.parametrize("name", ["i9-1.jpg", "c9-1.mp4", "../secret", "i0-x.jpg", ""])
def test_names_that_are_none_have_no_bytes(stock: Stock, name: str) -> None:
    with pytest.raises(NoSuchItem):
        stock.read(Item(name, "image"))


def test_numbers_give_bytes_that_differ_in_the_table_alone() -> None:
    made = io.BytesIO()
    Image.fromarray(np.full((64, 64, 3), 90, np.uint8)).save(made, "JPEG", quality=85)
    mould = JpegMould.of(made.getvalue())
    cast = {mould.cast(number) for number in range(3**9)}
    assert len(cast) == 3**9
    assert all(len(one) == len(mould.data) for one in cast)
    one = next(iter(cast))
    changed = [at for at in range(len(one)) if one[at] != mould.data[at]]
    assert all(mould.table <= at < mould.table + 20 for at in changed)


@pytest.mark.parametrize(
    "data", [b"", b"\x89PNG", b"\xff\xd8\xff\xd9", b"\xff\xd8\xff\xda\x00\x02"]
)
def test_what_is_no_jpeg_is_no_mould(data: bytes) -> None:
    with pytest.raises(NotJpeg):
        JpegMould.of(data)


def test_a_folder_gives_its_files_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.jpg").write_bytes(b"a")
    (folder / "sub" / "b c.mp4").write_bytes(b"bb")
    (folder / "large.png").write_bytes(b"x" * 100)
    (folder / ".hidden").write_bytes(b"h")
    (tmp_path / "secret").write_bytes(b"s")
    supply = FolderSupply.of(folder, 1, 50)
    assert (supply.contents, supply.left_out) == (2, 1)
    found = {supply.item(number).name: supply.read(supply.item(number)) for number in range(2)}
    assert found == {"a.jpg": b"a", "sub/b c.mp4": b"bb"}
    assert {supply.item(number).mime for number in range(2)} == {"image/jpeg", "video/mp4"}
    for name in ("../secret", ".hidden", "large.png"):
        with pytest.raises(NoSuchItem):
            supply.read(Item(name, "file"))
    with pytest.raises(NoFiles, match="--serve"):
        FolderSupply.of(folder, 1, 0)
    (tmp_path / "empty").mkdir()
    with pytest.raises(NoFiles, match="no file"):
        FolderSupply.of(tmp_path / "empty", 1, None)
