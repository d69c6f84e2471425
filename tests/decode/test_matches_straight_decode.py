"""The frames that we take are those that decoding straight through gives, to the bit.

By PyAV, as the readers of videos behind qwen-vl-utils do it: every frame that comes out counts, in
the order in which they are shown, whatever the container says of their number, times and rate.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av
import numpy as np
import pytest

from tests.hostile.formats import bmff, ebml
from tests.hostile.samples import packets
from tests.support.clips import clip_file
from tests.support.media import pixels
from tests.support.ordinary_priority import ordinary_priority
from worker.decode import video
from worker.decode.protocol import VideoLimits
from worker.decode.sampling import choose_frames
from worker.decode.sniff import sniff
from worker.domain.recipe import FrameSampling

SAMPLING = FrameSampling(fps=4.0, max_frames=12, min_frames=4)


def straight(data: bytes) -> list[np.ndarray[Any, Any]]:
    with av.open(io.BytesIO(data)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


@ordinary_priority()
def coded(
    codec: str,
    container: str = "mp4",
    *,
    options: dict[str, str] | None = None,
    form: str = "yuv420p",
    frames: int = 60,
    gop: int = 250,
    times: Callable[[int], int] = lambda number: number,
) -> bytes:
    """A picture that moves, with noise on it, so that one frame is never like another."""
    random = np.random.default_rng(7)
    picture = pixels(0.5, 128, 96).astype(np.int16)
    packed = io.BytesIO()
    with av.open(packed, "w", format=container) as out:
        stream: Any = out.add_stream(codec, rate=24)
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = 128, 96, form, gop
        stream.options = options or {}
        for number in range(frames):
            moved = np.roll(picture, 2 * number, axis=1) + random.integers(-9, 9, picture.shape)
            frame = av.VideoFrame.from_ndarray(
                np.clip(moved, 0, 255).astype(np.uint8), format="rgb24"
            )
            frame.pts, frame.time_base = times(number), Fraction(1, 24)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return packed.getvalue()


def trimmed() -> bytes:
    """An edit list that begins half a second into the track: the frames before are not shown."""
    data = coded("libx264")
    entry = struct.pack(">Iihh", 1500, 8192, 1, 0)
    return bmff.replaced(data, b"elst", bmff.full(b"elst", struct.pack(">I", 1), entry))


def without_key_frames() -> bytes:
    """Its index names a key frame that there is not."""
    named = bmff.full(b"stss", struct.pack(">II", 1, 999))
    return bmff.replaced(coded("libx264"), b"stss", named)


def alternate_references() -> bytes:
    """VP8 whose every fifth frame is only for others to refer to: a bit in its first byte."""
    frames = [
        bytes([data[0] & ~0x10]) + data[1:] if number % 5 == 4 else data
        for number, data in enumerate(packets(frames=24))
    ]
    blocks = [ebml.block(data, 125 * n, n == 0) for n, data in enumerate(frames)]
    tracks = ebml.element(ebml.TRACKS, ebml.video_track())
    return ebml.matroska(ebml.info(3000.0), tracks, ebml.cluster(*blocks))


def webm(*, duration: float | None, step_ms: int = 125, begin_ms: int = 0) -> bytes:
    frames = packets(frames=24)
    blocks = [
        ebml.block(data, begin_ms + step_ms * number, number == 0)
        for number, data in enumerate(frames)
    ]
    tracks = ebml.element(ebml.TRACKS, ebml.video_track())
    return ebml.matroska(ebml.info(duration), tracks, ebml.cluster(*blocks))


CLIPS: dict[str, Callable[[], bytes]] = {
    "h264, frames that none refers to": lambda: coded("libx264", options={"bf": "3"}),
    "h264, no pyramid": lambda: coded("libx264", options={"x264-params": "b-pyramid=none"}),
    "h264, strict pyramid, 16 between": lambda: coded(
        "libx264", options={"bf": "16", "x264-params": "b-pyramid=strict:b-adapt=0"}
    ),
    "h264, open groups": lambda: coded("libx264", gop=13, options={"x264-params": "open-gop=1"}),
    "h264, periodic refresh": lambda: coded("libx264", options={"intra-refresh": "1"}),
    "h264, interlaced": lambda: coded("libx264", options={"flags": "+ilme+ildct"}),
    "h264, one group for each": lambda: coded("libx264", gop=1),
    "h264, matroska": lambda: coded("libx264", "matroska", gop=20),
    "h264, 4:2:2 of 10 bits": lambda: coded("libx264", form="yuv422p10le"),
    "hevc": lambda: coded("libx265", options={"x265-params": "log-level=none:bframes=4"}),
    "hevc, temporal layers": lambda: coded(
        "libx265", options={"x265-params": "log-level=none:temporal-layers=1"}
    ),
    "mpeg4": lambda: coded("mpeg4", options={"bf": "2"}),
    "vp9, frames not shown": lambda: coded("libvpx-vp9", "webm", options={"lag-in-frames": "16"}),
    "vp8, frames not shown": alternate_references,
    "av1": lambda: coded("libsvtav1", options={"preset": "12"}),
    "uneven times": lambda: coded("libx264", times=lambda number: number + number**2 // 9),
    "times below zero": lambda: coded("libx264", "mov", times=lambda number: number - 20),
    "an edit list": trimmed,
    "no key frame named": without_key_frames,
    "no duration": lambda: webm(duration=None),
    "a wrong duration": lambda: webm(duration=40_000.0),
    "begins late": lambda: webm(duration=3000.0, begin_ms=9000),
    "one frame": lambda: clip_file(1, 24),
}


@pytest.mark.parametrize("name", CLIPS)
def test_the_same_frames(name: str) -> None:
    data = CLIPS[name]()
    theirs = straight(data)
    ours = video.read(data, sniff(data), SAMPLING, VideoLimits())
    assert ours.sampling is not None
    assert ours.facts.frames == len(theirs)
    chosen = choose_frames(len(theirs), ours.sampling.source_fps, SAMPLING)
    assert list(ours.sampling.frame_indices) == chosen
    assert len(chosen) > 2 or len(theirs) == 1
    for index, frame in zip(chosen, ours.frames, strict=True):
        assert np.array_equal(np.asarray(frame), theirs[index]), f"frame {index}"


@pytest.mark.parametrize(
    ("data", "fps", "duration_s"),
    [
        (webm(duration=None), 8.0, 3.0),
        (webm(duration=float("nan")), 8.0, 3.0),
        (webm(duration=float("inf")), 8.0, 3.0),
        (webm(duration=-3000.0), 8.0, 3.0),
        (webm(duration=3000.0), 8.0, 3.0),
    ],
    ids=["none", "no number", "infinite", "negative", "right"],
)
def test_what_the_header_leaves_out_the_frames_tell(
    data: bytes, fps: float, duration_s: float
) -> None:
    seen = video.read(data, sniff(data), SAMPLING, VideoLimits())
    assert seen.sampling is not None
    assert seen.sampling.source_fps == pytest.approx(fps, rel=0.05)
    assert seen.facts.duration_s == pytest.approx(duration_s, rel=0.05)
