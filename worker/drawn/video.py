"""Frames into a file."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av

from worker.drawn.artifacts import Pixels

FPS = 12
"""Frames a second of all that is drawn: enough to see it move."""

OPTIONS = {
    "libx264": {
        "crf": "18",
        "preset": "ultrafast",
        "x264-params": "sliced-threads=0:rc-lookahead=0",
    },
    "libvpx-vp9": {"crf": "20", "b": "0", "deadline": "realtime", "cpu-used": "8"},
}
"""Near what was drawn: at their default qualities both smooth all pictures, as if blurred.
On one thread and without looking ahead x264 writes the same bytes each time. Both are asked to be
quick: at their best they take seconds, or a minute, for one clip."""


def write_video(path: Path, frames: Pixels, codec: str) -> None:
    """Encode frames, shape ``(frames, height, width, 3)``, at ``FPS``; the suffix names the box."""
    _, height, width, _ = frames.shape
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=Fraction(FPS))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.thread_count, stream.options = 1, OPTIONS.get(codec, {})
        for pixels in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
