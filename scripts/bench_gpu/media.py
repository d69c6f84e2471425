"""Media for the sweep: pictures of several sizes, and clips with frames enough for all of it."""

from __future__ import annotations

from pathlib import Path

from worker.stress.stock import PICTURES, draw_stock

PER_SHAPE = 2
"""Pictures, or clips, of each size."""

CLIP_S = 20
"""Seconds of a clip: at one frame a second more than the 16 of the sweep."""


def draw(folder: Path) -> list[Path]:
    """The same files each time."""
    stock = draw_stock(clip_share=0.5, seed=0, first=0, largest=None)
    files = []
    for place, moulds in stock.moulds.items():
        for number in range(PER_SHAPE):
            shape = PICTURES[place]
            path = folder / f"{shape.width}x{shape.height}-{number}.jpg"
            path.write_bytes(moulds[number].cast(number))
            files.append(path)
    # Shapes of one size share a reel.
    for at, reel in enumerate({id(one): one for one in stock.reels.values()}.values()):
        for number in range(PER_SHAPE):
            path = folder / f"clip-{at}-{number}.mp4"
            path.write_bytes(reel.cast(number, CLIP_S))
            files.append(path)
    return files
