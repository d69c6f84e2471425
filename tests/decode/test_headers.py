"""What a file announces is looked at before a library opens it; what is honest passes."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import Any

import av
import pytest
from PIL import Image

from tests.hostile import animations, atoms, jpegs, matroska, metadata, tiffs
from tests.hostile.samples import clip, coded, picture, sound
from tests.support.media import encode, pixels
from worker.decode.headers.check import check_header
from worker.decode.protocol import DecodeLimits
from worker.decode.sniff import sniff
from worker.domain.failure import Poison, Reason

LIMITS = DecodeLimits()


def check(data: bytes) -> None:
    check_header(data, sniff(data), LIMITS)


def fragmented() -> bytes:
    packed = io.BytesIO()
    options = {"movflags": "frag_keyframe+empty_moov"}
    with av.open(packed, "w", format="mp4", options=options) as out:
        stream: Any = out.add_stream("libx264", rate=8)
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = 128, 96, "yuv420p", 4
        for number in range(24):
            frame = av.VideoFrame.from_ndarray(pixels(0.5, 128, 96, number), format="rgb24")
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return packed.getvalue()


def long_animation() -> bytes:
    frames = [Image.fromarray(pixels(0.5, 40, 30, seed)) for seed in range(60)]
    return encode(frames[0], "GIF", save_all=True, append_images=frames[1:], comment=b"x" * 9000)


@pytest.mark.parametrize(
    "make",
    [
        picture,
        lambda: picture("JPEG", progressive=True),
        lambda: encode(Image.fromarray(pixels(0.5)).convert("CMYK"), "JPEG"),
        lambda: picture("PNG"),
        lambda: picture("GIF"),
        lambda: picture("WEBP"),
        lambda: picture("TIFF"),
        lambda: picture("AVIF"),
        lambda: picture("HEIF"),
        lambda: picture("BMP"),
        long_animation,
        clip,
        lambda: clip("mov"),
        lambda: clip("matroska"),
        lambda: clip("webm", "libvpx-vp9"),
        fragmented,
        lambda: sound("mov", "pcm_s16le"),
        lambda: coded("libx265"),
    ],
)
def test_what_is_honest_passes(make: Callable[[], bytes]) -> None:
    check(make())


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (animations._gif_of_a_million_frames, Reason.MEDIA_OVER_BUDGET),
        (animations._gif_that_grows, Reason.MEDIA_OVER_BUDGET),
        (animations._gif_of_extensions, Reason.MEDIA_OVER_BUDGET),
        (metadata._png_of_chunks, Reason.MEDIA_OVER_BUDGET),
        (lambda: jpegs._scans(60_000), Reason.MEDIA_OVER_BUDGET),
        (lambda: tiffs._strips(1_000_000), Reason.MEDIA_OVER_BUDGET),
        (lambda: atoms._samples(1, atoms.BILLION), Reason.MEDIA_OVER_BUDGET),
        (lambda: atoms._sizes(3_000_000), Reason.MEDIA_OVER_BUDGET),
        (lambda: atoms._edits(100_000), Reason.MEDIA_OVER_BUDGET),
        (lambda: atoms._atoms_in_moov(1_000_000), Reason.MEDIA_OVER_BUDGET),
        (lambda: atoms._fragments(16_000_000), Reason.MEDIA_OVER_BUDGET),
        (atoms._compressed_header, Reason.MEDIA_UNSUPPORTED),
        (atoms._encrypted, Reason.MEDIA_UNSUPPORTED),
        (matroska._encrypted, Reason.MEDIA_UNSUPPORTED),
    ],
)
def test_what_is_not_is_refused_before_anything_opens_it(
    make: Callable[[], bytes], reason: Reason
) -> None:
    data = make()
    begun = time.process_time()
    with pytest.raises(Poison) as refused:
        check(data)
    assert refused.value.reason is reason
    assert time.process_time() - begun < 2.0


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "TIFF", "mp4", "matroska"])
def test_a_file_that_ends_anywhere_meets_no_error(form: str) -> None:
    whole = clip(form) if form in {"mp4", "matroska"} else picture(form)
    kind = sniff(whole)
    for end in range(8, len(whole), 7):
        check_header(whole[:end], kind, LIMITS)
