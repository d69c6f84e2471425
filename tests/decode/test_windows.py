"""Windows of real files, by the pool and in process."""

from __future__ import annotations

from collections.abc import AsyncIterator

import numpy as np
import pytest

from tests.support.media import encode, encode_video, image_file, pixels
from tests.twins.decoder import InProcessDecoder
from worker.decode.config import DecodeConfig
from worker.decode.pool import DecodePool
from worker.decode.protocol import Decoder
from worker.demo.pictures import Pixels
from worker.domain.failure import Poison
from worker.domain.media import Content, PreparedMedia, Span
from worker.domain.recipe import DecodeRecipe, FrameSampling, PixelGrid
from worker.domain.windows import Cut, Windows
from worker.process.shared_memory import map_pixels

GRID = PixelGrid(min_pixels=3136, max_pixels=50176)
RECIPE = DecodeRecipe(
    image=GRID, video=GRID, sampling=FrameSampling(fps=1.0, max_frames=6, min_frames=2)
)
SIDE = 56


@pytest.fixture(params=["in process", "pool"])
async def decoder(request: pytest.FixtureRequest) -> AsyncIterator[Decoder]:
    if request.param == "in process":
        yield InProcessDecoder()
        return
    pool = DecodePool(DecodeConfig(processes=1, text=False))
    try:
        await pool.start()
        yield pool
    finally:
        await pool.close()


def numbered(frames: int, size: int = SIDE) -> Pixels:
    """Each frame is a grey of its own, so that one can tell which it is."""
    return np.stack([np.full((size, size, 3), 40 + number, np.uint8) for number in range(frames)])


def greys(media: PreparedMedia) -> list[int]:
    with media:
        return [int(frame.mean().round()) for frame in map_pixels(media.fd, media.shape)]


async def test_a_window_has_the_frames_that_lie_in_it(decoder: Decoder) -> None:
    content = Content.of(encode_video(numbered(96), fps=4, gop=10))
    windows = await decoder.plan(content, RECIPE, Windows(longer_than_s=0))
    assert [(window.start_s, window.end_s) for window in windows] == [
        (0, 6),
        (6, 12),
        (12, 18),
        (18, 24),
    ]
    for number, window in enumerate(windows):
        media = await decoder.decode(content, RECIPE, window)
        assert media.span == Span(6.0 * number, 6.0 * (number + 1))
        assert media.sampling is not None
        assert media.sampling.source_frames == 24
        wanted = [40 + 24 * number + index for index in media.sampling.frame_indices]
        assert greys(media) == pytest.approx(wanted, abs=1)  # the codec may be off by one


@pytest.mark.parametrize(("container", "codec"), [("webm", "libvpx-vp9"), ("matroska", "libx264")])
async def test_in_every_container(decoder: Decoder, container: str, codec: str) -> None:
    content = Content.of(encode_video(numbered(60), container=container, codec=codec, fps=4))
    windows = await decoder.plan(content, RECIPE, Windows(longer_than_s=0))
    media = await decoder.decode(content, RECIPE, windows[-1])
    assert greys(media)[-1] == pytest.approx(99, abs=2)


async def test_an_insert_is_a_scene_of_its_own(decoder: Decoder) -> None:
    red = np.stack([pixels(0.8, SIDE, SIDE, seed=1)] * 40)
    blue = np.stack([pixels(-0.8, SIDE, SIDE, seed=2)] * 8)
    content = Content.of(encode_video(np.concatenate([red, blue, red]), fps=4))
    windows = await decoder.plan(content, RECIPE, Windows(longer_than_s=0, cut=Cut.SCENES))
    spans = [(window.start_s, window.end_s) for window in windows]
    assert (10.0, 12.0) in spans


async def test_a_video_without_a_change_has_no_scenes(decoder: Decoder) -> None:
    still = np.stack([pixels(0.8, SIDE, SIDE)] * 48)
    content = Content.of(encode_video(still, fps=4))
    by_time = await decoder.plan(content, RECIPE, Windows())
    by_scenes = await decoder.plan(content, RECIPE, Windows(cut=Cut.SCENES))
    assert by_scenes == by_time


async def test_pictures_and_animations_have_no_windows(decoder: Decoder) -> None:
    assert await decoder.plan(Content.of(image_file(0.9)), RECIPE, Windows()) == ()


async def test_a_file_that_is_none_is_poison(decoder: Decoder) -> None:
    with pytest.raises(Poison):
        await decoder.plan(Content.of(b"\0\0\0\x18ftypmp42" + b"x" * 100), RECIPE, Windows())
    with pytest.raises(Poison):
        await decoder.plan(Content.of(b"nothing"), RECIPE, Windows())


def test_a_cover_is_no_video() -> None:
    import io

    import av
    from PIL import Image

    from worker.decode import video
    from worker.decode.protocol import DecodeLimits
    from worker.decode.sniff import sniff

    packed = io.BytesIO()
    with av.open(packed, "w", format="mp4") as out:
        sound = out.add_stream("aac", rate=44100)
        cover = out.add_stream("mjpeg", rate=1)
        cover.width = cover.height = 64
        cover.pix_fmt = "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        picture = av.packet.Packet(encode(Image.new("RGB", (64, 64), "red"), "JPEG"))
        picture.stream, picture.pts, picture.dts = cover, 0, 0
        out.start_encoding()
        out.mux(picture)
        for number in range(20):
            frame = av.AudioFrame(format="fltp", layout="stereo", samples=1024)
            frame.rate, frame.pts = 44100, number * 1024
            for plane in frame.planes:
                plane.update(bytes(plane.buffer_size))
            out.mux(sound.encode(frame))
        out.mux(sound.encode(None))
    data = packed.getvalue()
    with pytest.raises(Poison, match="only sound"):
        video.read(data, sniff(data), RECIPE.sampling, DecodeLimits())
