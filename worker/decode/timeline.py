"""When the frames of a video are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from worker.domain.failure import Poison, Reason

MAX_FRAMES = 2_000_000
"""Four hours at 139 frames a second. Reading their times takes a microsecond or two for each."""

MAX_DISCARDED = 10_000
"""Frames before the begin of an edit list, back to a key frame: for each of them FFmpeg goes over
all when it jumps. Groups of pictures of honest files are some hundred frames long."""

VP8_SHOWN = 0x10
"""``show_frame``, in the first byte of a VP8 frame (RFC 6386, 9.1)."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """Times of frames, from the packets alone, without decoding one."""

    shown: Sequence[int]
    """Presentation times in the stream's time base, in order."""
    keys: Sequence[int]
    """Those of frames that can be decoded without another, in order."""


def read_timeline(container: Any, stream: Any) -> Timeline:
    """From the packets. Raises ``Poison``.

    Frames that are only for others to refer to do not count: those before the begin of an edit
    list, and VP8's alternate references, which have packets of their own.
    """
    shown: list[int] = []
    keys: list[int] = []
    discarded = 0
    vp8 = stream.codec_context.name == "vp8"
    for packet in container.demux(stream):
        if packet.size == 0:  # the flush packet at the end
            continue
        at = packet.pts if packet.pts is not None else packet.dts
        if at is None:
            raise Poison(Reason.MEDIA_UNDECODABLE, "the video's frames have no times")
        if packet.is_keyframe:
            keys.append(at)
        if packet.is_discard:
            discarded += 1
        elif not vp8 or memoryview(packet)[0] & VP8_SHOWN:
            shown.append(at)
        _check_counts(len(shown), discarded)
    if not shown:
        raise Poison(Reason.MEDIA_UNDECODABLE, "the video has no frames")
    if not keys:
        # FFmpeg would make grey mud of it, after a long look for one in a large table.
        raise Poison(Reason.MEDIA_UNDECODABLE, "no frame of the video can be decoded by itself")
    return Timeline(sorted(shown), sorted(keys))


def _check_counts(shown: int, discarded: int) -> None:
    if shown > MAX_FRAMES:
        raise Poison(Reason.MEDIA_OVER_BUDGET, f"the video has over {MAX_FRAMES} frames")
    if discarded > MAX_DISCARDED:
        raise Poison(
            Reason.MEDIA_OVER_BUDGET,
            f"over {MAX_DISCARDED} frames of the video lie outside of its edit list",
        )
