"""Encoded clips of any rate, at even or uneven times, and turned."""

from __future__ import annotations

import io
from collections.abc import Sequence
from fractions import Fraction

import av
import numpy as np

from tests.support.media import pixels
from tests.support.ordinary_priority import ordinary_priority

QUARTER_TURN = b"".join(
    value.to_bytes(4, signed=True) for value in (0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)
)
"""The matrix of a track header (ISO/IEC 14496-12, 8.3.2) for a clip that is shown turned by 90
degrees clockwise."""

MATRIX_AT = 44
"""Where it stands, from the box's type on: version 0 of the header."""


@ordinary_priority()
def clip_file(
    frames: int,
    rate: Fraction | int,
    width: int = 160,
    height: int = 120,
    *,
    container: str = "mp4",
    codec: str = "libx264",
    times_ms: Sequence[int] | None = None,
) -> bytes:
    """A picture that moves to the right, as a file. ``times_ms`` are the frames' times."""
    picture = pixels(0.5, width, height)
    packed = io.BytesIO()
    with av.open(packed, "w", format=container) as out:
        stream = out.add_stream(codec, rate=Fraction(rate))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"preset": "ultrafast"} if codec == "libx264" else {"cpu-used": "8"}
        if times_ms is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        for number in range(frames):
            moved = np.ascontiguousarray(np.roll(picture, number, axis=1))
            frame = av.VideoFrame.from_ndarray(moved, format="rgb24")
            if times_ms is not None:
                frame.pts, frame.time_base = times_ms[number], Fraction(1, 1000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return packed.getvalue()


def turned(clip: bytes) -> bytes:
    """An MP4 clip that asks to be shown turned by 90 degrees clockwise."""
    begin = clip.index(b"tkhd") + MATRIX_AT
    return clip[:begin] + QUARTER_TURN + clip[begin + len(QUARTER_TURN) :]
