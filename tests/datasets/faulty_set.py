"""A small set with everything wrong in it, of real media."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

from PIL import Image

from tests.support.media import encode, pixels, video_file
from worker.labelled.items import LabelledSet
from worker.labelled.reader import read_labelled

EACH = 24
"""Images of each label: reals in JPEG, fakes in PNG."""


def faulty_set(root: Path) -> LabelledSet:
    """Images that leak their container; copies, one contradiction, and files that are no media."""
    for number in range(EACH):
        split = "test" if number % 3 == 0 else "train"
        real = Image.fromarray(pixels(0.5, 72, 64, number))
        fake = Image.fromarray(pixels(-0.5, 72, 64, 100 + number))
        write(root / split / "real" / f"r{number:02d}.jpg", encode(real, "JPEG"))
        write(root / split / "fake" / "Sora" / f"f{number:02d}.png", encode(fake, "PNG"))
    write(root / "train" / "real" / "clip.mp4", video_file(0.5, frames=16, seed=7))
    fakes = root / "train" / "fake" / "Pika"
    fakes.mkdir()
    # The same bytes under both labels.
    shutil.copy(root / "train" / "real" / "r01.jpg", fakes / "contradiction.jpg")
    # The same picture in another quality, and in the other split.
    again = Image.open(io.BytesIO((root / "test" / "real" / "r03.jpg").read_bytes()))
    write(root / "train" / "real" / "r03-again.jpg", encode(again, "JPEG", quality=60))
    write(fakes / "empty.png", b"")
    write(fakes / "text.png", b"no picture at all")
    return read_labelled(root)


def write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
