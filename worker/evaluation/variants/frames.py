"""All frames of a file, and files made of frames: what lies around a change of pixels.

Media of a labelled set are opened here as the decoder opens them, with its limits, but in this
process: whoever asks for variants of a set trusts its files that far.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.stream import Disposition
from PIL import Image

from worker.decode import image
from worker.decode.display_matrix import upright
from worker.decode.headers.check import check_header
from worker.decode.protocol import MediaLimits
from worker.decode.sniff import FileType, Library, sniff
from worker.decode.source_frames import check_duration, check_size
from worker.decode.video import CODECS, OPTIONS
from worker.domain.failure import Poison, Reason
from worker.domain.media import MediaKind
from worker.domain.recipe import FrameSampling

HEAD = 512
"""Bytes that tell a file's type."""

EVERY = FrameSampling(fps=1000, max_frames=100_000, min_frames=1, even=False)
"""All frames of an animation: browsers show none for less than 20 ms."""

CLOCK = 90_000
"""Ticks a second of the files that are written: MPEG's own, in which all usual rates are whole."""

USUAL_FPS = 24
"""Where a single frame tells no rate."""

SAME_EVERYWHERE = "threads=1:cpu-independent=1"
"""To x264: with more threads its choices depend on their number. Some of its assembler rounds by
where memory happens to lie (macroblock tree, seen with AVX-512), so that one machine gives several
files; this leaves out whatever is not exact."""

LIMITS = MediaLimits()


@dataclass(frozen=True, slots=True)
class Shown:
    """One frame, and when it is shown."""

    picture: Image.Image
    at_s: float


@dataclass(frozen=True, slots=True)
class Source:
    """A media, opened."""

    kind: MediaKind
    frames: Iterator[Shown]
    """In order, decoded as they are taken. Taking one may raise ``Poison``."""


def type_of(path: Path) -> FileType | None:
    """By its first bytes; None for what is no media, or not there."""
    try:
        with path.open("rb") as file:
            return sniff(file.read(HEAD))
    except (OSError, ValueError, Poison):
        return None


def frames_of(path: Path) -> Source:
    """Raises ``Poison`` for a file that the decoder would refuse."""
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        raise Poison(Reason.MEDIA_NOT_FOUND, "there is no such file") from error
    kind = sniff(data)
    if kind.library is Library.FFMPEG:
        check_header(data, kind, LIMITS.video)
        return Source(MediaKind.VIDEO, _video(path, kind))
    check_header(data, kind, LIMITS.image)
    _prepare()
    shot = image.read(data, kind, EVERY, LIMITS.image)
    fps = shot.sampling.source_fps if shot.sampling else 1.0
    return Source(
        shot.facts.kind,
        # Pixels alone: what else Pillow knows of a file would go into what is saved.
        (Shown(Image.fromarray(np.asarray(one)), n / fps) for n, one in enumerate(shot.frames)),
    )


@cache
def _prepare() -> None:
    image.prepare()


def _video(path: Path, kind: FileType) -> Iterator[Shown]:
    limits = LIMITS.video
    try:
        # A file object, for the protocols that FFmpeg would open a name by are all shut.
        with path.open("rb") as file, av.open(file, mode="r", options=OPTIONS) as container:
            moving = [
                one
                for one in container.streams.video
                if not one.disposition & Disposition.attached_pic
            ]
            if not moving or moving[0].codec_context.name not in CODECS:
                raise Poison(Reason.MEDIA_UNSUPPORTED, "the file has no video of a known codec")
            stream: Any = moving[0]
            stream.codec_context.thread_count = 1
            first: float | None = None
            for number, frame in enumerate(container.decode(stream)):
                check_size(frame.width, frame.height, limits)
                at = (
                    frame.time
                    if frame.time is not None
                    else number / (stream.average_rate or USUAL_FPS)
                )
                first = at if first is None else first
                check_duration(float(at - first), limits)
                pixels = upright(frame.to_ndarray(format="rgb24", threads=1), frame)
                yield Shown(Image.fromarray(pixels), float(at - first))
    except Poison:
        raise
    except Exception as error:
        # PyAV has a class for each of FFmpeg's errors, some beside OSError and ValueError.
        raise Poison(
            Reason.MEDIA_UNDECODABLE, f"the file begins as {kind.mime} but cannot be decoded"
        ) from error


def write_mp4(path: Path, frames: Iterable[Shown], options: dict[str, str]) -> None:
    """H.264 in MP4, 4:2:0, without sound and metadata. An odd last row or column is left out.

    Raises ``Poison`` where there is no frame, or their size changes.
    """
    options = {**options, "x264-params": SAME_EVERYWHERE}
    with av.open(str(path), "w", format="mp4", options={"fflags": "+bitexact"}) as container:
        stream: Any = container.add_stream("libx264", rate=Fraction(CLOCK), options=options)
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = Fraction(1, CLOCK)
        size: tuple[int, int] | None = None
        last, gap = -1, CLOCK // USUAL_FPS
        for shown in frames:
            wide, high = (side - side % 2 for side in shown.picture.size)
            if size is None:
                size = stream.width, stream.height = wide, high
            if (wide, high) != size:
                raise Poison(Reason.MEDIA_UNSUPPORTED, "the video changes its size on the way")
            frame = av.VideoFrame.from_image(shown.picture.crop((0, 0, wide, high)))
            # Times must rise: a damaged file may show two frames at once.
            at = max(last + 1, round(shown.at_s * CLOCK))
            if last >= 0:
                gap = at - last
            last = frame.pts = at
            frame.time_base = Fraction(1, CLOCK)
            container.mux(stream.encode(frame))
        if size is None:
            raise Poison(Reason.MEDIA_UNDECODABLE, "no frame of the video can be decoded")
        for packet in stream.encode(None):
            # The last frame is shown for as long as the one before: nobody else says how long.
            packet.duration = packet.duration or gap
            container.mux(packet)
