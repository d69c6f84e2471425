"""torchvision's reader of videos, which newer versions of it no longer have.

qwen-vl-utils reads videos through it where neither torchcodec nor decord is installed. For files of
one's own: the whole video is held in memory.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import av
import torch

from worker.decode.video import OPTIONS


def read_video(
    filename: str,
    start_pts: float = 0,
    end_pts: float | None = None,
    pts_unit: str = "pts",
    output_format: str = "THWC",
) -> tuple[torch.Tensor, torch.Tensor, dict[str, Any]]:
    """All frames of a video as torchvision 0.25 reads them; no sound.

    Frames in order of their times, uint8, of shape ``(frames, 3, height, width)``; not turned as
    the file asks for, as there. Only what qwen-vl-utils asks for by default is taken.
    """
    assert (start_pts, end_pts, pts_unit, output_format) == (0.0, None, "sec", "TCHW")
    with av.open(io.BytesIO(Path(filename).read_bytes()), options=OPTIONS) as container:
        stream = container.streams.video[0]
        frames = {frame.pts: frame.to_rgb().to_ndarray() for frame in container.decode(stream)}
        rate = float(stream.average_rate)
    shown = [torch.from_numpy(frames[pts]) for pts in sorted(frames) if pts >= 0]
    return torch.stack(shown).permute(0, 3, 1, 2), torch.empty(0), {"video_fps": rate}


def lend_to_torchvision() -> None:
    """Put it where torchvision had its own, if that is gone."""
    from torchvision import io as torchvision_io

    if not hasattr(torchvision_io, "read_video"):
        torchvision_io.read_video = read_video
