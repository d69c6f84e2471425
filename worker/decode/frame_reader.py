"""Decoding no more of a video than leads to the frames that are wanted."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any

import av

from worker.decode.display_matrix import upright
from worker.decode.protocol import DecodeLimits
from worker.decode.source_frames import Frame, check_bytes_out, check_size
from worker.decode.timeline import Timeline
from worker.domain.failure import Poison, Reason

SKIPPABLE = frozenset({"h264", "mpeg4"})
"""Codecs of which frames that no other refers to are left out, but for the wanted ones: in both the
decoder itself never refers to one that is marked so, whatever the file does, and the pixels of the
others stay the same to the bit. It saves 20 to 60 % of the time. In HEVC the mark binds one
temporal layer only: a file could show us other pictures than it shows to people. FFmpeg has no such
thing for VP9, and dav1d none that can be switched on the way.
"""


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
        found: list[Frame] = []
        for frame in self.walk(wanted):
            check_bytes_out(len(wanted), frame.width, frame.height, self._limits)
            found.append(upright(frame.to_ndarray(format="rgb24", threads=1), frame))
        first = found[0].shape
        if any(pixels.shape != first for pixels in found):
            raise Poison(Reason.MEDIA_UNSUPPORTED, "the video changes its size on the way")
        return found

    def walk(self, wanted: Sequence[int]) -> Iterator[Any]:
        """PyAV's frames, one for each time. A damaged file gives the next whole one in its place.

        Raises ``Poison``.
        """
        self._seek(wanted[0])
        times = frozenset(wanted)
        decoding = self._decode(times)
        at = None
        frame: Any = None
        for target in wanted:
            key = self._key_before(target)
            if at is not None and key is not None and key > at:
                self._seek(target)
                decoding = self._decode(times)
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

    def _key_before(self, target: int) -> int | None:
        keys = self._timeline.keys
        index = bisect_right(keys, target) - 1
        return keys[index] if index >= 0 else None

    def _seek(self, target: int) -> None:
        key = self._key_before(target)
        if key is not None:
            try:
                self._container.seek(key, stream=self._stream, backward=True)
            except av.error.PermissionError:
                # FFmpeg's word for a file whose index names no key frame there.
                key = None
        if key is None:
            # From the beginning, then; where there is no key frame, FFmpeg would look for one at
            # each tick of the clock, in a table of 300,000 samples for minutes.
            begin = self._timeline.shown[0]
            self._container.seek(begin, stream=self._stream, backward=True, any_frame=True)

    def _decode(self, wanted: frozenset[int]) -> Any:
        context = self._stream.codec_context
        may_skip = context.name in SKIPPABLE
        for packet in self._container.demux(self._stream):
            self._count()
            if may_skip:
                needed = packet.pts is None or packet.pts in wanted
                context.skip_frame = "DEFAULT" if needed else "NONREF"
            for frame in packet.decode():
                # A stream may change its size on the way, past what its header said.
                check_size(frame.width, frame.height, self._limits)
                yield frame

    def _count(self) -> None:
        """Packets, for not all that cost time give a frame. Raises ``Poison``."""
        self._decoded += 1
        if self._decoded > self._limits.max_decoded_frames:
            raise Poison(
                Reason.MEDIA_OVER_BUDGET,
                f"over {self._limits.max_decoded_frames} frames to decode "
                f"({self._limits.named('max_decoded_frames')})",
            )
