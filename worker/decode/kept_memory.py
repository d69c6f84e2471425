"""Memory that a decode process keeps for its next file, and how it is had back.

Given back after each file and taken anew, the pages of a photograph of 12 million pixels cost more
than half of what its decoding does: 140 of 360 ms of processor, and 10 of 225 with this.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from worker.decode.config import DecodeConfig

KEPT_BYTES = 128 * 1024**2
"""By Pillow, and as much again by glibc: what a photograph of 12 million pixels takes of either."""

WORTH_KEEPING = 64 * 1024**2
"""Less would not do for a photograph, and so nothing is kept."""

PILLOW_BLOCK = 16 * 1024**2
"""Bytes in which Pillow takes memory; its default."""

MMAP_THRESHOLD = 32 * 1024**2
"""Bytes from which glibc gives memory back at once; it takes no more (mallopt(3))."""

NO_MEMORY = "decoding takes more memory than decode.memory_bytes"
"""Said of a file that found too little. What is kept for the next one counts: see ``give_back``."""


def environment(config: DecodeConfig) -> dict[str, str]:
    """What has a process keep memory: a part of what it may hold on to, and of what it may have."""
    kept = min(KEPT_BYTES, config.recycle_above_bytes // 4, config.memory_bytes // 16)
    if kept < WORTH_KEEPING:
        return {}
    return {
        "PILLOW_BLOCKS_MAX": str(kept // PILLOW_BLOCK),
        "MALLOC_TRIM_THRESHOLD_": str(kept),
        "MALLOC_MMAP_THRESHOLD_": str(MMAP_THRESHOLD),
    }


def give_back() -> None:
    """All that is kept: a file that found too little memory may then find enough."""
    from PIL import Image  # the decode process alone has it loaded

    pillow: Any = Image
    pillow.core.clear_cache()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:  # glibc has it, and the settings above are glibc's
        trim(0)
