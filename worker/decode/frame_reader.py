"""Decoding no more of a video than leads to the frames that are wanted."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from worker.decode.protocol import DecodeLimits
from worker.decode.source_frames import Frame, check_size
from worker.decode.timeline import Timeline
from worker.domain.failure import Poison, Reason


class FrameReader:
    """Decodes forward from frame to frame, jumping where a key frame lies nearer to the next."""

    def __init__(
        self, container: Any, stream: Any, timeline: Timeline, limits: DecodeLimits
    ) -> None:
        self._container = container
        self._stream = stream
        self._timeline = timeline
        self._limits = limits
        self._decoded = 0

    def frames(self, wanted: Sequence[int]) -> list[Frame]:
        """The frames shown at these times, in order. Raises ``Poison``."""
        found = [_pixels(frame) for frame in self.walk(wanted)]
        first = found[0].shape
        if any(pixels.shape != first for pixels in found):
            raise Poison(Reason.MEDIA_UNSUPPORTED, "the video changes its size on the way")
        return found

    def walk(self, wanted: Sequence[int]) -> Iterator[Any]:
        """PyAV's frames, one for each time. A damaged file gives the next whole one in its place.

        Raises ``Poison``.
        """
        self._seek(wanted[0])
        decoding = self._decode()
        at = None
        frame: Any = None
        for target in wanted:
            if at is not None and self._key_before(target) > at:
                self._seek(target)
                decoding = self._decode()
                at = None
            while at is None or at < target:
                following = next(decoding, None)
                if following is None:
                    break
                frame = following
                at = frame.pts if frame.pts is not None else target
            if frame is None:
                raise Poison(Reason.MEDIA_UNDECODABLE, "no frame of the video can be decoded")
            yield frame

    def _key_before(self, target: int) -> int:
        keys = self._timeline.keys
        index = bisect_right(keys, target) - 1
        return keys[index] if index >= 0 else self._timeline.shown[0]

    def _seek(self, target: int) -> None:
        self._container.seek(self._key_before(target), stream=self._stream, backward=True)

    def _decode(self) -> Any:
        for frame in self._container.decode(self._stream):
            self._decoded += 1
            if self._decoded > self._limits.max_decoded_frames:
                raise Poison(
                    Reason.MEDIA_OVER_BUDGET,
                    f"over {self._limits.max_decoded_frames} frames to decode "
                    "(decode.limits.max_decoded_frames)",
                )
            # A stream may change its size on the way, past what its header said.
            check_size(frame.width, frame.height, self._limits)
            yield frame


def _pixels(frame: Any) -> Frame:
    pixels: Frame = frame.to_ndarray(format="rgb24")
    turns = round(frame.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(pixels, turns)) if turns else pixels
