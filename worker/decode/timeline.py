"""When the frames of a video are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from worker.domain.failure import Poison, Reason


@dataclass(frozen=True, slots=True)
class Timeline:
    """Times of frames, from the packets alone, without decoding one."""

    shown: Sequence[int]
    """Presentation times in the stream's time base, in order."""
    keys: Sequence[int]
    """Those of frames that can be decoded without another, in order."""


def read_timeline(container: Any, stream: Any) -> Timeline:
    """From the packets. Raises ``Poison``."""
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
