"""Videos, through PyAV (FFmpeg), with every door shut that a hostile file could open.

With its default options FFmpeg reads local files named in an ``ffconcat`` and listens on the
network for an SDP. Options with a typing error are ignored without a word, so a test and the
process's own start-up check that these hold.
"""

from __future__ import annotations

import io
from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import numpy as np

from worker.decode.protocol import DecodeLimits
from worker.decode.sampling import choose_frames
from worker.decode.sniff import FileType
from worker.decode.source_frames import Frame, SourceFrames, check_size
from worker.domain.failure import Poison, Reason
from worker.domain.media import MediaFacts, MediaKind, VideoSampling
from worker.domain.recipe import FrameSampling

CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm"
"""FFmpeg's names of the demuxers that may be tried."""

CODECS = frozenset({"h264", "hevc", "vp8", "vp9", "av1", "libdav1d", "mpeg4"})
"""Checked by hand: PyAV opens codecs itself, and so passes by FFmpeg's own allow-list."""

OPTIONS = {"format_whitelist": CONTAINERS, "protocol_whitelist": "none"}

FALLBACK_FPS = 24.0
"""Where a file tells neither a rate nor a duration: the rate that HF assumes, too."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """When each frame is shown, from the packets alone, without decoding one."""

    shown: list[int]
    """Presentation times in the stream's time base, in order."""
    keys: list[int]
    """Those of frames that can be decoded without another, in order."""


def read(
    data: bytes | memoryview, kind: FileType, sampling: FrameSampling, limits: DecodeLimits
) -> SourceFrames:
    """The sampled frames of a video. Raises ``Poison``; FFmpeg's own words go no further."""
    try:
        with av.open(io.BytesIO(data), mode="r", options=OPTIONS) as container:
            return _read(container, kind, sampling, limits, len(data))
    except Poison:
        raise
    except MemoryError as error:
        raise Poison(
            Reason.MEDIA_OVER_BUDGET, "decoding takes more memory than decode.memory_bytes"
        ) from error
    except Exception as error:
        # PyAV has a class for each of FFmpeg's errors, some beside OSError and ValueError.
        raise Poison(
            Reason.MEDIA_UNDECODABLE, f"the file begins as {kind.mime} but cannot be decoded"
        ) from error


def _read(
    container: Any, kind: FileType, sampling: FrameSampling, limits: DecodeLimits, nbytes: int
) -> SourceFrames:
    stream = _stream(container, limits)
    timeline = _timeline(container, stream)
    count = len(timeline.shown)
    duration = _duration(container, stream, limits)
    fps = _fps(stream, count, duration)
    chosen = choose_frames(count, fps, sampling)
    frames = _FrameReader(container, stream, timeline, limits).frames(chosen)
    height, width = frames[0].shape[:2]
    facts = MediaFacts(
        kind=MediaKind.VIDEO,
        mime=kind.mime,
        codec=stream.codec_context.name,
        width=width,
        height=height,
        frames=count,
        duration_s=round(duration if duration is not None else count / fps, 3),
        bytes=nbytes,
    )
    return SourceFrames(
        frames,
        facts,
        VideoSampling(source_fps=fps, source_frames=count, frame_indices=tuple(chosen)),
    )


def _stream(container: Any, limits: DecodeLimits) -> Any:
    """The video stream, opened for decoding only if its header stays within the limits."""
    if len(container.streams) > limits.max_streams:
        raise Poison(
            Reason.MEDIA_OVER_BUDGET,
            f"{len(container.streams)} streams are over the limit of {limits.max_streams} "
            "(decode.limits.max_streams)",
        )
    if not container.streams.video:
        raise Poison(Reason.MEDIA_UNSUPPORTED, "the file has no video stream")
    stream = container.streams.video[0]
    context = stream.codec_context
    if context is None or context.name not in CODECS:
        raise Poison(
            Reason.MEDIA_UNSUPPORTED, f"the video's codec is none of {', '.join(sorted(CODECS))}"
        )
    check_size(context.width, context.height, limits)
    # One thread: many files are decoded at once, and threads cost 6 to 20 % more processor time.
    context.thread_count = 1
    context.thread_type = "NONE"
    context.options = {"max_pixels": str(limits.max_pixels)}
    return stream


def _timeline(container: Any, stream: Any) -> Timeline:
    shown: list[int] = []
    keys: list[int] = []
    for packet in container.demux(stream):
        if packet.size == 0:  # the flush packet at the end
            continue
        at = packet.pts if packet.pts is not None else packet.dts
        if at is None:
            raise Poison(Reason.MEDIA_UNDECODABLE, "the video's frames have no times")
        shown.append(at)
        if packet.is_keyframe:
            keys.append(at)
    if not shown:
        raise Poison(Reason.MEDIA_UNDECODABLE, "the video has no frames")
    return Timeline(sorted(shown), sorted(keys))


def _duration(container: Any, stream: Any, limits: DecodeLimits) -> float | None:
    seconds: float | None = None
    if stream.duration is not None and stream.time_base is not None:
        seconds = float(stream.duration * stream.time_base)
    elif container.duration is not None:
        seconds = container.duration / av.time_base
    if seconds is not None and seconds > limits.max_duration_s:
        raise Poison(
            Reason.MEDIA_OVER_BUDGET,
            f"{seconds:.0f} s are over the limit of {limits.max_duration_s:g} "
            "(decode.limits.max_duration_s)",
        )
    return seconds


def _fps(stream: Any, count: int, duration: float | None) -> float:
    rate: Fraction | None = stream.average_rate
    if rate is not None and rate > 0:
        return float(rate)
    return count / duration if duration else FALLBACK_FPS


class _FrameReader:
    """Decodes forward from frame to frame, jumping where a key frame lies nearer to the next."""

    def __init__(
        self, container: Any, stream: Any, timeline: Timeline, limits: DecodeLimits
    ) -> None:
        self._container = container
        self._stream = stream
        self._timeline = timeline
        self._limits = limits
        self._decoded = 0

    def frames(self, chosen: list[int]) -> list[Frame]:
        """The frames of these indices. A damaged file gives the next whole one in their place."""
        wanted = [self._timeline.shown[index] for index in chosen]
        self._seek(wanted[0])
        decoding = self._decode()
        found: list[Frame] = []
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
            found.append(self._pixels(frame))
        first = found[0].shape
        if any(pixels.shape != first for pixels in found):
            raise Poison(Reason.MEDIA_UNSUPPORTED, "the video changes its size on the way")
        return found

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

    def _pixels(self, frame: Any) -> Frame:
        pixels: Frame = frame.to_ndarray(format="rgb24")
        turns = round(frame.rotation / 90) % 4
        return np.ascontiguousarray(np.rot90(pixels, turns)) if turns else pixels
