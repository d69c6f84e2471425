"""Animations with more frames, larger frames, or other frames than they say."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image

from tests.hostile import samples
from tests.hostile.case import ANSWERED, OVER_BUDGET, UNDECODABLE, Case
from tests.hostile.formats import gif, png, riff
from tests.hostile.samples import picture
from tests.support.media import encode, pixels

SHUFFLED = b"acTL"


def _gif(*images: bytes, width: int = 100, height: int = 80) -> bytes:
    return gif.screen(width, height) + b"".join(gif.CONTROL + one for one in images) + gif.TRAILER


def _gif_of_a_million_frames() -> bytes:
    return gif.screen(100, 80) + (gif.CONTROL + gif.image()) * 1_000_000 + gif.TRAILER


def _gif_of_empty_frames() -> bytes:
    """Frames of no pixels, without data."""
    return gif.screen(100, 80) + gif.image(0, 0, data=b"\x02\x00") * 300_000 + gif.TRAILER


def _gif_that_grows() -> bytes:
    """Its second frame reaches far beyond the screen; programs enlarge the picture for it."""
    return _gif(gif.image(), gif.image(65_000, 65_000), gif.image())


def _gif_that_grows_later() -> bytes:
    """A frame of one pixel, in the farthest corner."""
    return _gif(gif.image(), gif.image(1, 1, left=65_534, top=65_534), gif.image())


def _gif_of_many_large_frames() -> bytes:
    """400 frames of one pixel on a screen of 5,400 x 5,400: each is composed anew."""
    return _gif(*[gif.image()] * 400, width=5_400, height=5_400)


def _gif_without_data() -> bytes:
    return gif.screen(100, 80) + gif.TRAILER


def _gif_of_extensions() -> bytes:
    """Control blocks without end, and no image."""
    return gif.screen(100, 80) + gif.CONTROL * 1_000_000 + gif.TRAILER


def _gif_with_a_code_too_long() -> bytes:
    return _gif(gif.image(data=b"\x0d\x02\x44\x01\x00"))


def _gif_that_stands() -> bytes:
    """Two frames, each shown for 655 seconds: longer than a video may last."""
    control = b"!\xf9\x04\x00\xff\xff\x00\x00"
    return gif.screen(100, 80) + (control + gif.image()) * 2 + gif.TRAILER


def _apng(count: int, frames: int = 2) -> bytes:
    images = [Image.fromarray(pixels(0.5, 40, 30, seed)) for seed in range(frames)]
    data = encode(images[0], "PNG", save_all=True, append_images=images[1:], duration=100)
    at = data.index(b"acTL")
    body = struct.pack(">II", count, 0)
    return (
        data[:at] + b"acTL" + body + struct.pack(">I", zlib.crc32(b"acTL" + body)) + data[at + 16 :]
    )


def _apng_frame_beyond() -> bytes:
    """A frame that reaches beyond the picture."""
    data = _apng(2)
    at = data.index(b"fcTL", data.index(b"IDAT")) - 4
    body = struct.pack(">IIIIIHHBB", 1, 4000, 4000, 3000, 3000, 1, 10, 0, 0)
    return data[:at] + png.chunk(b"fcTL", body) + data[at + 12 + 26 :]


def _apng_out_of_order() -> bytes:
    data = _apng(2)
    at = data.index(b"fdAT") - 4
    end = at + 12 + int.from_bytes(data[at : at + 4])
    body = struct.pack(">I", 77) + data[at + 12 : end - 4]
    return data[:at] + png.chunk(b"fdAT", body) + data[end:]


def _webp(frames: int, width: int = samples.WIDTH, height: int = samples.HEIGHT) -> bytes:
    still = picture("WEBP")[12:]
    one = riff.frame(still, samples.WIDTH, samples.HEIGHT)
    head = riff.extended(width, height, riff.ANIMATION) + riff.chunk(b"ANIM", bytes(6))
    return riff.webp(head, one * frames)


def _webp_frame_beyond() -> bytes:
    """A frame that reaches beyond the canvas."""
    return _webp(2, width=50, height=50)


def _webp_frame_of_another_size() -> bytes:
    """ANMF says 60 x 60, the picture in it 120 x 90."""
    head = riff.extended(120, 90, riff.ANIMATION) + riff.chunk(b"ANIM", bytes(6))
    return riff.webp(head, riff.frame(picture("WEBP")[12:], 60, 60) * 2)


def _webp_without_frames() -> bytes:
    return riff.webp(riff.extended(120, 90, riff.ANIMATION), riff.chunk(b"ANIM", bytes(6)))


def _avif_sequence(frames: int) -> bytes:
    images = [Image.fromarray(pixels(0.5, 64, 64, seed)) for seed in range(frames)]
    packed = io.BytesIO()
    images[0].save(packed, "AVIF", save_all=True, append_images=images[1:], speed=10)
    return packed.getvalue()


def _avif_sequence_claims(samples_: int) -> bytes:
    """The table of sample sizes, made to one size for all and as many as it says."""
    data = _avif_sequence(3)
    at = data.index(b"stsz") + 4
    return data[: at + 4] + struct.pack(">II", 1, samples_) + data[at + 12 :]


CASES = (
    Case("gif: a million frames", _gif_of_a_million_frames, OVER_BUDGET, "image/gif"),
    Case("gif: frames of no pixels", _gif_of_empty_frames, OVER_BUDGET, "image/gif"),
    Case("gif: a frame of 65,000 x 65,000", _gif_that_grows, OVER_BUDGET, "image/gif"),
    Case("gif: a frame in a far corner", _gif_that_grows_later, OVER_BUDGET, "image/gif"),
    Case("gif: many frames on a large screen", _gif_of_many_large_frames, OVER_BUDGET, "image/gif"),
    Case("gif: no image", _gif_without_data, UNDECODABLE, "image/gif"),
    Case("gif: extensions without end", _gif_of_extensions, OVER_BUDGET, "image/gif"),
    Case("gif: a code size of 13 bits", _gif_with_a_code_too_long, UNDECODABLE, "image/gif"),
    Case("gif: two frames of 655 seconds", _gif_that_stands, OVER_BUDGET, "image/gif"),
    Case("apng: claims 2,147,483,647 frames", lambda: _apng(2**31 - 1), OVER_BUDGET, "image/apng"),
    Case("apng: claims 400 frames of 2", lambda: _apng(400), UNDECODABLE, "image/apng"),
    Case("apng: claims no frames", lambda: _apng(0), ANSWERED, "image/apng"),
    Case("apng: a frame beyond the picture", _apng_frame_beyond, UNDECODABLE, "image/apng"),
    Case("apng: frames out of order", _apng_out_of_order, UNDECODABLE, "image/apng"),
    Case("webp: 20,000 frames", lambda: _webp(20_000), OVER_BUDGET, "image/webp"),
    Case("webp: a frame beyond the canvas", _webp_frame_beyond, UNDECODABLE, "image/webp"),
    Case("webp: a frame of another size", _webp_frame_of_another_size, ANSWERED, "image/webp"),
    Case("webp: an animation of no frames", _webp_without_frames, UNDECODABLE, "image/webp"),
    Case("avif: a sequence", lambda: _avif_sequence(3), ANSWERED, "image/avif"),
    Case("avif: a sequence of a billion", lambda: _avif_sequence_claims(10**9), UNDECODABLE),
)
