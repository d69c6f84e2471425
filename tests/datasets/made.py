"""Facts without media, for what reads nothing else."""

from __future__ import annotations

from typing import Any

from worker.datasets.facts import Facts
from worker.domain.media import MediaKind
from worker.labelled.items import Truth


def facts(number: int = 0, label: Truth = Truth.REAL, **changes: Any) -> Facts:
    """A readable image of 640 x 480; another number is another file."""
    values: dict[str, Any] = {
        "path": f"/set/{number:05d}.png",
        "name": f"{number:05d}.png",
        "label": label,
        "bytes": 1000 + number,
        "mtime_ns": 0,
        "sha256": f"{number:064x}",
        "kind": MediaKind.IMAGE,
        "mime": "image/png",
        "width": 640,
        "height": 480,
        "frames": 1,
    }
    return Facts(**{**values, **changes})


def clip(number: int = 0, label: Truth = Truth.REAL, **changes: Any) -> Facts:
    """Two seconds of H.264."""
    values = {"kind": MediaKind.VIDEO, "mime": "video/mp4", "codec": "h264"}
    return facts(number, label, **{**values, "frames": 48, "duration_s": 2.0, **changes})
