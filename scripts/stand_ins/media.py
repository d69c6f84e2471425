"""Encoded pictures and clips for the stand-ins. What is in them has nothing to do with a label."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

from worker.demo.pictures import clip, picture

WIDTH, HEIGHT = 64, 56
"""Small, and above the least that Ivy-Fake's filter of images keeps: 3,136 pixels."""

FRAMES, FPS = 8, 8
"""One second."""


class MediaMaker:
    """Writes files; the next one is always another picture, and each run writes the same ones."""

    def __init__(self, seed: int = 0) -> None:
        self._rng = np.random.default_rng(seed)

    def image(self, path: Path) -> None:
        """A picture, as its suffix says."""
        path.parent.mkdir(parents=True, exist_ok=True)
        drawn = picture(self._rng, self._tint(), WIDTH, HEIGHT)
        Image.fromarray(drawn).save(path)

    def video(self, path: Path) -> None:
        """A clip in H.264."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encoded(clip(self._rng, self._tint(), WIDTH, HEIGHT, FRAMES)))

    def file(self, path: Path) -> None:
        """A picture or a clip, as its suffix says."""
        (self.video if path.suffix == ".mp4" else self.image)(path)

    def _tint(self) -> float:
        return float(self._rng.uniform(-1, 1))


def encoded(moving: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bytes:
    """Frames, uint8 RGB of shape ``(frames, height, width, 3)``, as an MP4 file."""
    packed = io.BytesIO()
    _, height, width, _ = moving.shape
    with av.open(packed, "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=Fraction(FPS))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        # One thread: with more, the same frames may give other bytes.
        stream.options = {"preset": "ultrafast", "threads": "1"}
        for frame in moving:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        out.mux(stream.encode(None))
    return packed.getvalue()
