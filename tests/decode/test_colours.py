"""Colours as the reference has them: Pillow's ``convert("RGB")``, in qwen-vl-utils and HF alike.

Where we differ on purpose, a test says so.
"""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageCms
from qwen_vl_utils.vision_process import to_rgb

from tests.hostile.formats import jpeg, png
from tests.support.media import encode, pixels
from worker.decode import image
from worker.decode.protocol import ImageLimits
from worker.decode.sniff import sniff
from worker.domain.recipe import FrameSampling


def ours(data: bytes) -> npt.NDArray[np.uint8]:
    image.prepare()
    (frame,) = image.read(data, sniff(data), FrameSampling(), ImageLimits()).frames
    return np.asarray(frame)


def theirs(data: bytes) -> npt.NDArray[np.uint8]:
    return np.asarray(to_rgb(Image.open(io.BytesIO(data))))


def profile() -> bytes:
    """Of a space in which the same numbers are other colours."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_a_profile_changes_nothing_here_or_there(form: str) -> None:
    picture = Image.fromarray(pixels(0.5))
    with_profile = encode(picture, form, icc_profile=profile())
    assert np.array_equal(ours(with_profile), theirs(with_profile))
    assert np.array_equal(ours(with_profile), ours(encode(picture, form)))


def cmyk(*, adobe: bool, transform: int = 0) -> bytes:
    data = encode(Image.fromarray(pixels(0.5)).convert("CMYK"), "JPEG")
    at = next(begin for marker, begin, _ in jpeg.segments(data) if marker == jpeg.APP14)
    if not adobe:
        return data[:at] + data[at + 16 :]
    return data[: at + 15] + bytes([transform]) + data[at + 16 :]


@pytest.mark.parametrize(
    "data",
    [cmyk(adobe=True), cmyk(adobe=False), cmyk(adobe=True, transform=2)],
    ids=["Adobe's, inverted", "plain", "YCCK"],
)
def test_four_colours(data: bytes) -> None:
    assert np.array_equal(ours(data), theirs(data))


def test_adobes_four_colours_are_not_a_negative() -> None:
    source = pixels(0.9)
    seen = ours(encode(Image.fromarray(source).convert("CMYK"), "JPEG", quality=95))
    assert np.abs(seen.astype(int) - source).mean() < 20


@pytest.mark.parametrize("mode", ["L", "1", "P", "LAB", "YCbCr", "F", "RGBX"])
def test_other_modes(mode: str) -> None:
    source = Image.fromarray(pixels(0.5))
    data = encode(source.convert("L").convert("F") if mode == "F" else source.convert(mode), "TIFF")
    assert np.array_equal(ours(data), theirs(data))


def deep_png(colour: int, channels: int) -> bytes:
    """16 bits a sample, whose low bytes are noise."""
    random = np.random.default_rng(3)
    values = random.integers(0, 1 << 16, (20, 30, channels), np.uint16)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    return png.png(png.header(30, 20, colour, 16), png.chunk(b"IDAT", zlib.compress(rows)))


def test_sixteen_bits_of_colour_are_cut_to_the_upper_eight_as_there() -> None:
    data = deep_png(png.RGB, 3)
    assert np.array_equal(ours(data), theirs(data))


def test_sixteen_bits_of_grey_are_cut_to_the_upper_eight() -> None:
    data = deep_png(png.GREY, 1)
    stored = np.frombuffer(zlib.decompress(data[41 : data.index(b"IEND") - 8]), np.uint8)
    upper = stored.reshape(20, 61)[:, 1::2]
    assert np.array_equal(ours(data), np.repeat(upper[..., None], 3, axis=2))


def test_sixteen_bits_with_transparency_show_white() -> None:
    clear = struct.pack(">HHHH", 40_000, 20_000, 10_000, 0) * 30
    data = png.png(
        png.header(30, 20, 6, 16), png.chunk(b"IDAT", zlib.compress((b"\0" + clear) * 20))
    )
    assert ours(data).min() == 255


def transparent_palette(form: str) -> bytes:
    source = Image.new("P", (40, 30), 1)
    source.putpalette([255, 0, 0, 0, 0, 255])
    source.paste(0, (0, 0, 20, 30))
    return encode(source, form, transparency=1)


@pytest.mark.parametrize("form", ["PNG", "GIF"])
def test_what_is_transparent_in_a_palette_shows_white_with_us_alone(form: str) -> None:
    data = transparent_palette(form)
    left, right = np.array_split(ours(data), 2, axis=1)
    assert np.unique(left.reshape(-1, 3), axis=0).tolist() == [[255, 0, 0]]
    assert right.min() == 255
    assert theirs(data)[0, -1].tolist() == [0, 0, 255]  # the colour that nobody sees
