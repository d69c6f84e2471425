"""What every decoder must do, asked of the one in this process and of the sandboxed pool."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import AsyncIterator

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from tests.support.media import encode, encode_video, image_file, pixels, video_file
from tests.twins.decoder import InProcessDecoder
from worker.decode.config import DecodeConfig
from worker.decode.pool import DecodePool
from worker.decode.protocol import Decoder, ImageLimits, MediaLimits, VideoLimits
from worker.domain.failure import Poison, Reason
from worker.domain.media import Content, MediaKind, PreparedMedia
from worker.domain.recipe import DecodeRecipe
from worker.models.spec import load_spec
from worker.process.shared_memory import map_pixels

RECIPE = load_spec("tiny").recipe
LIMITS = MediaLimits(
    image=ImageLimits(max_pixels=4_000_000),
    video=VideoLimits(max_pixels=4_000_000, max_duration_s=30, max_decoded_frames=100),
)


@pytest.fixture(scope="module")
async def pool() -> AsyncIterator[DecodePool]:
    pool = DecodePool(DecodeConfig(processes=1, limits=LIMITS, text=False))
    await pool.start()
    yield pool
    await pool.close()


@pytest.fixture(params=["in-process", "pool"])
def decoder(request: pytest.FixtureRequest, pool: DecodePool) -> Decoder:
    return InProcessDecoder(LIMITS) if request.param == "in-process" else pool


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def decode(
    decoder: Decoder, data: bytes, recipe: DecodeRecipe = RECIPE
) -> tuple[PreparedMedia, npt.NDArray[np.uint8]]:
    with await decoder.decode(Content.of(data), recipe) as media:
        shape = (media.frames, media.height, media.width, 3)
        return media, np.array(map_pixels(media.fd, shape))


async def refusal(decoder: Decoder, data: bytes) -> Poison:
    with pytest.raises(Poison) as refused:
        await decoder.decode(Content.of(data), RECIPE)
    return refused.value


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF", "HEIF"])
async def test_every_image_format(decoder: Decoder, form: str) -> None:
    media, seen = await decode(decoder, image_file(0.8, form, 300, 200))
    assert media.facts.kind is MediaKind.IMAGE
    assert (media.facts.width, media.facts.height) == (300, 200)
    assert seen.shape[0] == 1
    assert seen.shape[1] % 28 == 0
    assert seen.shape[2] % 28 == 0
    red, _, blue = seen.mean(axis=(0, 1, 2))
    assert red > blue + 40


@pytest.mark.parametrize(
    ("container", "codec", "name"),
    [
        ("mp4", "libx264", "h264"),
        ("mov", "libx264", "h264"),
        ("matroska", "libx264", "h264"),
        ("webm", "libvpx-vp9", "vp9"),
        ("mp4", "libx265", "hevc"),
        ("mp4", "libsvtav1", "libdav1d"),
    ],
)
async def test_every_video_format(decoder: Decoder, container: str, codec: str, name: str) -> None:
    media, seen = await decode(decoder, video_file(-0.8, container=container, codec=codec))
    assert media.facts.kind is MediaKind.VIDEO
    assert media.facts.codec == name
    assert media.facts.frames == 24
    assert media.facts.duration_s == pytest.approx(3.0, abs=0.2)
    assert media.sampling is not None
    assert media.sampling.frame_indices == (0, 23)
    assert media.sampling.source_fps == pytest.approx(8.0)
    assert len(seen) == 2
    red, _, blue = seen.mean(axis=(0, 1, 2))
    assert blue > red + 40


async def test_the_sampled_frames_are_the_ones_that_are_named(decoder: Decoder) -> None:
    # Each frame has a grey of its own, and the wanted ones lie in several groups of pictures.
    shades = [10 + 5 * number for number in range(48)]
    moving = np.stack([np.full((96, 128, 3), shade, np.uint8) for shade in shades])
    media, seen = await decode(decoder, encode_video(moving, fps=8, gop=5))
    assert media.sampling is not None
    assert media.sampling.frame_indices == (0, 9, 19, 28, 38, 47)
    found = [float(frame.mean()) for frame in seen]
    expected = [shades[index] for index in media.sampling.frame_indices]
    assert found == pytest.approx(expected, abs=2.0)


async def test_an_animation_is_a_video(decoder: Decoder) -> None:
    frames = [Image.fromarray(pixels(0.9, seed=seed)) for seed in range(8)]
    data = encode(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=500)
    media, seen = await decode(decoder, data)
    assert media.facts.kind is MediaKind.VIDEO
    assert media.facts.frames == 8
    assert media.facts.duration_s == 4.0
    assert media.sampling is not None
    assert media.sampling.frame_indices == (0, 2, 5, 7)
    assert len(seen) == 4


async def test_a_phones_jpeg_with_a_second_picture_is_a_photo(decoder: Decoder) -> None:
    first, second = (Image.fromarray(pixels(0.9, 300, 200, seed)) for seed in (1, 2))
    data = encode(first, "MPO", save_all=True, append_images=[second])
    media, seen = await decode(decoder, data)
    assert media.facts.kind is MediaKind.IMAGE
    assert media.facts.mime == "image/jpeg"
    assert len(seen) == 1


async def test_a_photo_is_seen_the_way_round_that_people_see_it(decoder: Decoder) -> None:
    halves = np.zeros((100, 200, 3), np.uint8)
    halves[:, :100] = 250
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise
    data = encode(Image.fromarray(halves), "JPEG", quality=95, exif=exif)
    media, seen = await decode(decoder, data)
    assert (media.facts.width, media.facts.height) == (100, 200)
    top, bottom = np.array_split(seen[0], 2, axis=0)
    assert top.mean() > 200
    assert bottom.mean() < 50


async def test_what_is_transparent_shows_white(decoder: Decoder) -> None:
    clear = Image.new("RGBA", (112, 112), (200, 0, 0, 0))
    _, seen = await decode(decoder, encode(clear, "PNG"))
    assert seen.min() == 255


async def test_sixteen_bits_are_scaled_and_not_cut(decoder: Decoder) -> None:
    half = Image.fromarray(np.full((112, 112), 0x8000, np.uint16))
    _, seen = await decode(decoder, encode(half, "PNG"))
    assert set(np.unique(seen)) == {0x80}


@pytest.mark.parametrize(
    "image",
    [
        Image.new("L", (112, 112), 90),
        Image.new("1", (112, 112), 1),
        Image.new("P", (112, 112), 3),
        Image.new("CMYK", (112, 112), (0, 90, 90, 0)),
        Image.new("LA", (112, 112), (90, 255)),
    ],
    ids=lambda image: image.mode,
)
async def test_every_mode_becomes_rgb(decoder: Decoder, image: Image.Image) -> None:
    _, seen = await decode(decoder, encode(image, "TIFF"))
    assert seen.shape == (1, 112, 112, 3)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"this is no image", Reason.MEDIA_UNSUPPORTED),
        (b"ffconcat version 1.0\nfile /etc/hostname\n", Reason.MEDIA_UNSUPPORTED),
        (b"\xff\xd8\xff" + bytes(200), Reason.MEDIA_UNDECODABLE),
        (image_file(0.5, "JPEG")[:900], Reason.MEDIA_UNDECODABLE),
        (image_file(0.5, "PNG")[:-200], Reason.MEDIA_UNDECODABLE),
        (video_file(0.5)[:900], Reason.MEDIA_UNDECODABLE),
        (b"\x1aE\xdf\xa3" + bytes(500), Reason.MEDIA_UNDECODABLE),
        (b"\x00\x00\x00\x18ftypmp42" + bytes(500), Reason.MEDIA_UNDECODABLE),
    ],
    ids=["text", "ffconcat", "jpeg", "cut jpeg", "cut png", "cut mp4", "matroska", "mp4"],
)
async def test_what_cannot_be_decoded_is_poison(
    decoder: Decoder, data: bytes, reason: Reason
) -> None:
    assert (await refusal(decoder, data)).reason is reason


async def test_a_sound_file_is_not_a_video(decoder: Decoder) -> None:
    import av

    packed = io.BytesIO()
    with av.open(packed, "w", format="mp4") as out:
        stream = out.add_stream("aac", rate=8000, layout="mono")
        silence = av.AudioFrame.from_ndarray(
            np.zeros((1, 1024), np.float32), format="fltp", layout="mono"
        )
        silence.sample_rate = 8000
        out.mux(stream.encode(silence))
        out.mux(stream.encode(None))
    failure = await refusal(decoder, packed.getvalue())
    assert failure.reason is Reason.MEDIA_UNSUPPORTED
    assert "no video stream" in failure.detail


async def test_a_codec_that_is_not_on_the_list_is_refused(decoder: Decoder) -> None:
    data = video_file(0.5, container="matroska", codec="ffv1", frames=3)
    failure = await refusal(decoder, data)
    assert failure.reason is Reason.MEDIA_UNSUPPORTED


async def test_a_picture_over_the_limit_is_refused_by_its_header(decoder: Decoder) -> None:
    failure = await refusal(decoder, png_bomb(30_000, 30_000))
    assert failure.reason is Reason.MEDIA_OVER_BUDGET
    assert "decode.limits.image.max_pixels" in failure.detail


async def test_a_picture_that_is_too_narrow_is_refused(decoder: Decoder) -> None:
    failure = await refusal(decoder, encode(Image.new("RGB", (1, 900)), "PNG"))
    assert failure.reason is Reason.MEDIA_OVER_BUDGET
    assert "decode.limits.image.max_aspect" in failure.detail


async def test_a_video_that_lasts_too_long_is_refused(decoder: Decoder) -> None:
    failure = await refusal(decoder, video_file(0.5, frames=40, fps=1))
    assert failure.reason is Reason.MEDIA_OVER_BUDGET
    assert "decode.limits.video.max_duration_s" in failure.detail


async def test_a_video_with_too_much_to_decode_is_refused(decoder: Decoder) -> None:
    # No key frame but the first: the last frame costs all before it.
    failure = await refusal(decoder, video_file(0.5, frames=240, fps=24, gop=1000))
    assert failure.reason is Reason.MEDIA_OVER_BUDGET
    assert "decode.limits.video.max_decoded_frames" in failure.detail


async def test_a_long_video_with_key_frames_is_jumped_through(decoder: Decoder) -> None:
    media, seen = await decode(decoder, video_file(0.5, frames=240, fps=24, gop=12))
    assert media.facts.frames == 240
    assert len(seen) == 6


def png_bomb(width: int, height: int) -> bytes:
    """A PNG of many pixels in few bytes; its data is not even there."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    empty = zlib.compress(b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [chunk(b"IHDR", header), chunk(b"IDAT", empty), chunk(b"IEND", b"")]
    )
