"""Figures as a person reads them."""

from __future__ import annotations

import math

BINARY = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def as_bytes(size: float) -> str:
    """Such as ``1.5 GiB``."""
    place = 0 if size < 1 else min(len(BINARY) - 1, int(math.log2(size) // 10))
    return f"{size / 1024**place:.3g} {BINARY[place]}"


def as_bits(rate: float) -> str:
    """Such as ``2.4 Gbit/s``."""
    for unit, size in (("Gbit/s", 1e9), ("Mbit/s", 1e6)):
        if rate >= size:
            return f"{rate / size:.3g} {unit}"
    return f"{rate / 1e3:.3g} kbit/s"


def as_seconds(seconds: float) -> str:
    """Such as ``12.3 s``; ``never`` where there is no end."""
    return "never" if math.isinf(seconds) else f"{seconds:.3g} s"


def as_count(count: float) -> str:
    """Whole, with commas; ``no bound`` where there is none."""
    return "no bound" if math.isinf(count) else f"{round(count):,}"
