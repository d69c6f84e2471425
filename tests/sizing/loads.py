"""Loads for the simulation whose waits are known in closed form."""

from __future__ import annotations

from worker.sizing.curve import Curve
from worker.sizing.load import KindLoad, Load


def make_load(
    rates: dict[int, float],
    scv: float,
    decode_s: float = 0.0,
    duplicate_share: float = 0.0,
) -> Load:
    """One kind of upload, on an engine of this curve."""
    kind = KindLoad(
        name="image",
        share=1.0,
        questions=1.0,
        work=1.0,
        scv=scv,
        decode_s=decode_s,
        alone_s=1.0,
        pixel_bytes=1.0,
    )
    return Load(
        kinds=(kind,),
        curve=Curve(tuple(sorted(rates.items()))),
        limit=max(rates),
        duplicate_share=duplicate_share,
        plumbing_s=0.001,
    )
