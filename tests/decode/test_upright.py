"""Photos and videos are seen the way round that people see them."""

from __future__ import annotations

import io
import struct
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image, ImageOps

from tests.hostile.formats import bmff, jpeg
from tests.support.media import encode, encode_video, pixels
from worker.decode import image, video
from worker.decode.protocol import ImageLimits, VideoLimits
from worker.decode.sniff import sniff
from worker.domain.recipe import FrameSampling

ONE = 1 << 16
SAMPLING = FrameSampling()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_are_turned_as_hugging_face_turns_them(form: str, orientation: int) -> None:
    image.prepare()
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encode(Image.fromarray(pixels(0.5)), form, exif=exif)
    (ours,) = image.read(data, sniff(data), SAMPLING, ImageLimits()).frames
    theirs = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    assert np.array_equal(np.asarray(ours), np.asarray(theirs))


@pytest.mark.parametrize(
    "exif",
    [b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0nonsense", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff"],
)
def test_a_photo_with_broken_exif_is_seen_as_it_lies(exif: bytes) -> None:
    image.prepare()
    plain = encode(Image.fromarray(pixels(0.5)), "JPEG")
    data = jpeg.after_start(plain, jpeg.segment(jpeg.APP1, exif))
    (ours,) = image.read(data, sniff(data), SAMPLING, ImageLimits()).frames
    assert np.array_equal(np.asarray(ours), np.asarray(Image.open(io.BytesIO(plain))))


def clip() -> bytes:
    return encode_video(np.stack([pixels(0.5, 128, 96, seed) for seed in range(2)]))


def with_matrix(a: int, b: int, c: int, d: int) -> bytes:
    packed = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    return bmff.patched(clip(), b"tkhd", 48, packed)


def filtered(data: bytes, *filters: str) -> np.ndarray[Any, Any]:
    """The first frame, through FFmpeg's own filters."""
    with av.open(io.BytesIO(data)) as container:
        frame = next(container.decode(video=0))
    graph = av.filter.Graph()
    chain = [
        graph.add_buffer(
            width=frame.width, height=frame.height, format="rgb24", time_base=frame.time_base
        ),
        *(graph.add(*one.split("=")) for one in filters),
        graph.add("buffersink"),
    ]
    graph.link_nodes(*chain).configure()
    graph.push(frame.reformat(format="rgb24"))
    found: np.ndarray[Any, Any] = graph.pull().to_ndarray()
    return found


@pytest.mark.parametrize(
    ("matrix", "filters"),
    [
        ((ONE, 0, 0, ONE), ["null"]),
        ((0, ONE, -ONE, 0), ["transpose=clock"]),
        ((-ONE, 0, 0, -ONE), ["hflip", "vflip"]),
        ((0, -ONE, ONE, 0), ["transpose=cclock"]),
        ((-ONE, 0, 0, ONE), ["hflip"]),
        ((ONE, 0, 0, -ONE), ["vflip"]),
        ((0, ONE, ONE, 0), ["transpose=cclock_flip"]),
        ((0, -ONE, -ONE, 0), ["transpose=clock_flip"]),
        ((2 * ONE, 100, -100, 2 * ONE), ["null"]),
        ((46341, 46341, -46341, 46341), ["null"]),  # by 45 degrees: no player turns by that
        ((0, 0, 0, 0), ["null"]),
    ],
)
def test_videos_are_turned_and_mirrored_as_ffmpegs_programs_do(
    matrix: tuple[int, int, int, int], filters: list[str]
) -> None:
    data = with_matrix(*matrix)
    shot = video.read(data, sniff(data), SAMPLING, VideoLimits())
    theirs = filtered(data, *filters)
    assert np.array_equal(np.asarray(shot.frames[0]), theirs)
    assert (shot.facts.height, shot.facts.width) == theirs.shape[:2]
