"""Videos, through PyAV (FFmpeg), with every door shut that a hostile file could open.

With its default options FFmpeg reads local files named in an ``ffconcat`` and listens on the
network for an SDP. Options with a typing error are ignored without a word, so a test and the
process's own start-up check that these hold.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
from av.stream import Disposition

from worker.decode.cutting import cut
from worker.decode.frame_reader import FrameReader
from worker.decode.kept_memory import NO_MEMORY
from worker.decode.mapped_file import Data, MappedFile
from worker.decode.protocol import DecodeLimits
from worker.decode.sampling import choose_frames
from worker.decode.scenes import find_cuts
from worker.decode.sniff import FileType
from worker.decode.source_frames import SourceFrames, check_duration, check_size
from worker.decode.timeline import Timeline, read_timeline
from worker.domain.failure import Poison, Reason
from worker.domain.media import MediaFacts, MediaKind, VideoSampling
from worker.domain.recipe import FrameSampling
from worker.domain.windows import Cut, Window, Windows

CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm"
"""FFmpeg's names of the demuxers that may be tried."""

CODECS = frozenset({"h264", "hevc", "vp8", "vp9", "av1", "libdav1d", "mpeg4"})
"""Checked by hand: PyAV opens codecs itself, and so passes by FFmpeg's own allow-list."""

OPTIONS = {"format_whitelist": CONTAINERS, "protocol_whitelist": "none"}

MAX_FPS = 1000.0
"""A rate beyond this is no rate: Matroska and MP4 can state any, and the model's positions in time
hang on it."""

FALLBACK_FPS = 24.0
"""Where a file tells neither a rate nor a duration: the rate that HF assumes, too."""


def read(data: Data, kind: FileType, sampling: FrameSampling, limits: DecodeLimits) -> SourceFrames:
    """The sampled frames of a video. Raises ``Poison``; FFmpeg's own words go no further."""
    with _opened(data, kind, limits) as (container, stream):
        timeline = read_timeline(container, stream)
        count = len(timeline.shown)
        duration = _duration(container, stream)
        fps = _fps(stream, timeline, duration)
        _check_length(stream, timeline, duration, limits)
        _check_bit_rate(stream, len(data), duration or count / fps, limits)
        chosen = choose_frames(count, fps, sampling)
        wanted = [timeline.shown[index] for index in chosen]
        return _source_frames(
            _Opened(container, stream, timeline, kind, limits, len(data)),
            wanted,
            VideoSampling(source_fps=fps, source_frames=count, frame_indices=tuple(chosen)),
            duration if duration is not None else count / fps,
        )


def read_window(data: Data, kind: FileType, window: Window, limits: DecodeLimits) -> SourceFrames:
    """The frames of one window, as a clip of its own. Raises ``Poison``."""
    with _opened(data, kind, limits) as (container, stream):
        timeline = Timeline(window.shown, window.keys)
        return _source_frames(
            _Opened(container, stream, timeline, kind, limits, len(data)),
            window.shown,
            window.sampling,
            window.end_s - window.start_s,
        )


def plan(
    data: Data,
    kind: FileType,
    sampling: FrameSampling,
    windows: Windows,
    limits: DecodeLimits,
) -> list[Window]:
    """The windows of a video, from its first frame to its last. Raises ``Poison``."""
    with _opened(data, kind, limits) as (container, stream):
        timeline = read_timeline(container, stream)
        duration = _duration(container, stream)
        fps = _fps(stream, timeline, duration)
        _check_length(stream, timeline, duration, limits)
        cuts: list[float] = []
        if windows.cut is Cut.SCENES:
            reader = FrameReader(container, stream, timeline, limits)
            cuts = find_cuts(reader, timeline, stream.time_base)
        return cut(timeline, stream.time_base, fps, sampling, windows, cuts)


@contextmanager
def _opened(data: Data, kind: FileType, limits: DecodeLimits) -> Iterator[tuple[Any, Any]]:
    """The container and its video stream; whatever FFmpeg raises inside becomes ``Poison``."""
    try:
        with av.open(MappedFile(data), mode="r", options=OPTIONS) as container:
            yield container, _stream(container, limits)
    except Poison:
        raise
    except MemoryError as error:
        raise Poison(Reason.MEDIA_OVER_BUDGET, NO_MEMORY) from error
    except Exception as error:
        # PyAV has a class for each of FFmpeg's errors, some beside OSError and ValueError.
        raise Poison(
            Reason.MEDIA_UNDECODABLE, f"the file begins as {kind.mime} but cannot be decoded"
        ) from error


@dataclass(frozen=True, slots=True)
class _Opened:
    container: Any
    stream: Any
    timeline: Timeline
    kind: FileType
    limits: DecodeLimits
    nbytes: int


def _source_frames(
    video: _Opened, wanted: Sequence[int], sampling: VideoSampling, duration_s: float
) -> SourceFrames:
    reader = FrameReader(video.container, video.stream, video.timeline, video.limits)
    frames = reader.frames(wanted)
    height, width = frames[0].shape[:2]
    facts = MediaFacts(
        kind=MediaKind.VIDEO,
        mime=video.kind.mime,
        codec=video.stream.codec_context.name,
        width=width,
        height=height,
        frames=sampling.source_frames,
        duration_s=round(duration_s, 3),
        bytes=video.nbytes,
    )
    return SourceFrames(frames, facts, sampling)


def _stream(container: Any, limits: DecodeLimits) -> Any:
    """The video stream, opened for decoding only if its header stays within the limits."""
    if len(container.streams) > limits.max_streams:
        raise Poison(
            Reason.MEDIA_OVER_BUDGET,
            f"{len(container.streams)} streams are over the limit of {limits.max_streams} "
            f"({limits.named('max_streams')})",
        )
    moving = [
        stream
        for stream in container.streams.video
        if not stream.disposition & Disposition.attached_pic  # such as a song's cover
    ]
    if not moving:
        if not (container.streams.audio or container.streams.subtitles or container.streams.video):
            raise Poison(Reason.MEDIA_UNDECODABLE, "the file has no stream of any known kind")
        raise Poison(Reason.MEDIA_UNSUPPORTED, "the file has no video stream, only sound or text")
    stream = moving[0]
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


def _duration(container: Any, stream: Any) -> float | None:
    """As the header tells, in seconds. None where it tells none, or nothing that could be one."""
    seconds: float | None = None
    if stream.duration is not None and stream.time_base is not None:
        seconds = float(stream.duration * stream.time_base)
    elif container.duration is not None:
        seconds = container.duration / av.time_base
    # Matroska's is a floating-point number, and may be any: FFmpeg makes large negative ones of
    # infinity and of what is no number.
    return seconds if seconds is not None and 0 < seconds < math.inf else None


def _check_length(
    stream: Any, timeline: Timeline, duration: float | None, limits: DecodeLimits
) -> None:
    """By the header, and by the frames' own times."""
    if duration is not None:
        check_duration(duration, limits)
    check_duration(float((timeline.shown[-1] - timeline.shown[0]) * stream.time_base), limits)


def _check_bit_rate(stream: Any, nbytes: int, duration: float, limits: DecodeLimits) -> None:
    """Raises ``Poison``. What lasts less than a second counts as one: it may be one good frame."""
    measured = 8 * nbytes / max(duration, 1.0)
    stated = (stream.codec_context.bit_rate or 0) if duration >= 1.0 else 0
    if max(measured, stated) > limits.max_bit_rate:
        raise Poison(
            Reason.MEDIA_OVER_BUDGET,
            f"{max(measured, stated):.0f} bits a second are over the limit of "
            f"{limits.max_bit_rate:g} ({limits.named('max_bit_rate')})",
        )


def _fps(stream: Any, timeline: Timeline, duration: float | None) -> float:
    """As the header tells; else by the number of frames and their time together."""
    rate: Fraction | None = stream.average_rate
    count = len(timeline.shown)
    span = float((timeline.shown[-1] - timeline.shown[0]) * stream.time_base)
    for fps in (
        float(rate) if rate is not None else 0.0,
        count / duration if duration else 0.0,
        (count - 1) / span if span > 0 else 0.0,
    ):
        if 0 < fps <= MAX_FPS:
            return fps
    return FALLBACK_FPS
