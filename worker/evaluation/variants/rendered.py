"""Variants: which files each applies to, and what is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from worker.decode.sniff import Library
from worker.domain.failure import Poison, Reason
from worker.domain.media import MediaKind
from worker.evaluation.variants.frames import Shown, Source, frames_of, type_of, write_mp4
from worker.evaluation.variants.pictures import Change, jpeg, squared, through_jpeg

NEARLY_LOSSLESS = {"crf": "8", "preset": "ultrafast"}
"""For changed frames: what the change does must show, and not another encoding beside it. A slower
preset would make the file smaller, and nothing else."""

CANONICAL_SIDE = 384
"""Pixels. Most pictures of generators are larger, and most clips no smaller on their short side."""

CANONICAL_QUALITY = 90
CANONICAL_FPS, CANONICAL_FRAMES = 8, 16
"""Two seconds: as long as the shortest clips of generators that sets have."""

CANONICAL_VIDEO = {"crf": "18", "preset": "veryfast"}


@dataclass(frozen=True, slots=True)
class Changed:
    """A change of pixels: a still picture becomes a PNG, a video H.264, nearly lossless.

    An animation becomes a video.
    """

    name: str
    change: Change

    def applies(self, source: Path) -> bool:
        """See ``Variant``."""
        return type_of(source) is not None

    def render(self, source: Path, folder: Path) -> Path:
        """See ``Variant``."""
        media = frames_of(source)
        if media.kind is MediaKind.VIDEO:
            return _video(folder, _each(media, self.change), NEARLY_LOSSLESS)
        made = folder / "changed.png"
        self.change(next(media.frames).picture).save(made, "PNG", compress_level=1)
        return made


@dataclass(frozen=True, slots=True)
class AsJpeg:
    """A picture saved as a JPEG; of an animation each frame, and then all as a video."""

    name: str
    quality: int

    def applies(self, source: Path) -> bool:
        """See ``Variant``: pictures alone. Videos are encoded anew by ``AtBitRate``."""
        found = type_of(source)
        return found is not None and found.library is Library.PILLOW

    def render(self, source: Path, folder: Path) -> Path:
        """See ``Variant``."""
        media = frames_of(source)
        if media.kind is MediaKind.VIDEO:
            return _video(folder, _each(media, through_jpeg(self.quality)), NEARLY_LOSSLESS)
        made = folder / "changed.jpg"
        made.write_bytes(jpeg(next(media.frames).picture, self.quality))
        return made


@dataclass(frozen=True, slots=True)
class AtBitRate:
    """A video anew at a bit rate, as platforms do it: H.264, its size and times kept."""

    name: str
    kilobits: int

    def applies(self, source: Path) -> bool:
        """See ``Variant``: what FFmpeg opens, and so no animated pictures."""
        found = type_of(source)
        return found is not None and found.library is Library.FFMPEG

    def render(self, source: Path, folder: Path) -> Path:
        """See ``Variant``."""
        rate = f"{self.kilobits}k"
        # A second's worth of buffer: the rate is kept to, and not only on the whole.
        held = {"b": rate, "maxrate": rate, "bufsize": rate, "preset": "medium"}
        return _video(folder, frames_of(source).frames, held)


@dataclass(frozen=True, slots=True)
class Canonical:
    """All media alike but for their pixels: one size, one codec, one length, no metadata.

    A still picture: its middle square, 384 x 384, as a JPEG of quality 90. A video: the same square
    of its first two seconds, 16 frames at 8 a second, as H.264. Traces of an earlier encoding in
    the pixels themselves stay.
    """

    name: str = "canonical"

    def applies(self, source: Path) -> bool:
        """See ``Variant``."""
        return type_of(source) is not None

    def render(self, source: Path, folder: Path) -> Path:
        """See ``Variant``. Raises ``Poison`` for a video that is shorter than two seconds."""
        media, change = frames_of(source), squared(CANONICAL_SIDE)
        if media.kind is MediaKind.VIDEO:
            taken = (Shown(change(one.picture), one.at_s) for one in _eighths(media.frames))
            return _video(folder, taken, CANONICAL_VIDEO)
        made = folder / "changed.jpg"
        made.write_bytes(jpeg(change(next(media.frames).picture), CANONICAL_QUALITY))
        return made


def _eighths(frames: Iterator[Shown]) -> Iterator[Shown]:
    """The frame that is shown at each eighth of a second, for two seconds."""
    number = 0
    before: Shown | None = None
    for shown in frames:
        while before is not None and number < CANONICAL_FRAMES and _at(number) < shown.at_s:
            yield Shown(before.picture, _at(number))
            number += 1
        if number == CANONICAL_FRAMES:
            return
        before = shown
    # Of 16 frames at 8 a second the last one begins at the last time that is wanted.
    if before is not None and number == CANONICAL_FRAMES - 1:
        yield Shown(before.picture, _at(number))
        return
    raise Poison(Reason.MEDIA_UNSUPPORTED, "the video is shorter than two seconds")


def _each(media: Source, change: Change) -> Iterator[Shown]:
    return (Shown(change(one.picture), one.at_s) for one in media.frames)


def _at(number: int) -> float:
    return number / CANONICAL_FPS


def _video(folder: Path, frames: Iterator[Shown], options: dict[str, str]) -> Path:
    made = folder / "changed.mp4"
    write_mp4(made, frames, options)
    return made
