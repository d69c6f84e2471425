"""Finds text in the pixels that the model gets, and reads whether it speaks of the picture itself.

Runs where strangers' files are decoded: one thread, no network, bounded memory. What it reads never
leaves this module.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from worker.domain.typography import TextSeen
from worker.typography.claims import read_claim
from worker.typography.config import TypographyConfig
from worker.typography.library import load, memory_errors
from worker.typography.regions import Quads, regions_of, share_of

Pixels = npt.NDArray[np.uint8]

CELL = 32
"""The detector's network takes sides that are multiples of this."""

SMALL_SIDE = 384
"""Frames of fewer than the square of this many pixels are enlarged to it, by no more than 2: at
224x224, letters of 8 pixels are then found in 88 of 100 cases in place of 75."""

LONGEST_LINE = 40
"""Longest line that is read whole, in heights: some 80 letters. A longer one is read to there; the
time that reading takes grows with it."""

SMALLEST_LINE = 3
"""Pixels: below this there is nothing to read."""

UPRIGHT_RATIO = 1.5
"""A line that is higher than wide by this runs from bottom to top, as PaddleOCR has it."""

TALLEST = 0.45
"""Part of the frame's longer side. Rings, discs and whole skylines are taken for one huge letter; a
word of three letters is higher than this only where it fills the frame."""

WORD = 3
"""Letters that a taller line must have to be text. Without this, one false box over most of a frame
would say that masking leaves nothing to judge."""


class TextFinder:
    """Detection always; reading, which takes as long for two or three lines, for the largest only.

    Making one loads both networks and runs each once, which takes a second or two: afterwards no
    file is opened any more, and the process may be limited. Not safe for several threads at once.
    """

    def __init__(self, config: TypographyConfig | None = None) -> None:
        self._config = config or TypographyConfig()
        self._detector, self._reader = load()
        self.find(np.zeros((2 * CELL, 2 * CELL, 3), dtype=np.uint8))
        self._read(np.zeros((CELL, 2 * CELL, 3), dtype=np.uint8))

    def find(self, frame: Pixels) -> TextSeen:
        """Text in one frame: uint8 RGB, shape ``(height, width, 3)``. Raises ``MemoryError``."""
        height, width, _ = frame.shape
        with memory_errors():
            quads = self._detect(frame)
            texts = self._read_largest(frame, quads)
        tall = TALLEST * max(height, width)
        false = [
            number
            for number, text in texts.items()
            if _is_no_text(text, is_tall=min(_sides(quads[number])) > tall)
        ]
        regions = regions_of(np.delete(quads, false, axis=0), height, width)
        if not regions:
            return TextSeen()
        return TextSeen(
            regions=regions,
            share=share_of(regions, height, width),
            claim=read_claim([text for number, text in texts.items() if number not in false]),
        )

    def _detect(self, frame: Pixels) -> Quads:
        """The lines' corners, in pixels of the frame, from top to bottom."""
        height, width, _ = frame.shape
        wide, high = _search_size(width, height, self._config.side)
        shrinks = wide * high < width * height
        small = cv2.resize(
            frame, (wide, high), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
        )
        boxes = self._detector(small).boxes
        if boxes is None or len(boxes) == 0:
            return np.empty((0, 4, 2))
        corners: Quads = np.asarray(boxes, dtype=np.float64) * (width / wide, height / high)
        return corners

    def _read_largest(self, frame: Pixels, quads: Quads) -> dict[int, str]:
        """What the largest lines say, by their number, in the order in which they stand."""
        sizes = [cv2.contourArea(quad.astype(np.float32)) for quad in quads]
        chosen = sorted(np.argsort(sizes)[::-1][: self._config.read_lines])
        upright = {int(number): _upright(frame, quads[number]) for number in chosen}
        return {number: self._read(line) for number, line in upright.items() if line is not None}

    def _read(self, line: Pixels) -> str:
        from rapidocr.ch_ppocr_rec import TextRecInput

        texts = self._reader(TextRecInput(img=[line])).txts
        return str(texts[0]) if texts else ""


def _is_no_text(text: str, *, is_tall: bool) -> bool:
    """Whether what was read says that there is nothing to read: stars, a disc as an O.

    Nothing at all says no such thing: the network is blank about scripts that it does not know.
    """
    letters = sum(map(str.isalnum, text))
    return bool(text.strip()) and letters < (WORD if is_tall else 1)


def _search_size(width: int, height: int, side: int) -> tuple[int, int]:
    """The frame's size for the search: within the bounds of its area, in whole cells."""
    mean = (width * height) ** 0.5
    scale = min(1.0, side / mean) if mean > SMALL_SIDE else min(2.0, SMALL_SIDE / mean)
    wide, high = (max(CELL, round(length * scale / CELL) * CELL) for length in (width, height))
    return wide, high


def _sides(quad: npt.NDArray[np.float64]) -> tuple[int, int]:
    """Length of the upper or lower edge, and of the left or right one: the longer of both."""
    along = np.linalg.norm(quad - np.roll(quad, -1, axis=0), axis=1)
    return int(max(along[0], along[2])), int(max(along[1], along[3]))


def _upright(frame: Pixels, quad: npt.NDArray[np.float64]) -> Pixels | None:
    """One line turned to lie level, no longer than what is read; None where it is hardly there."""
    width, height = _sides(quad)
    if min(width, height) < SMALLEST_LINE:
        return None
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    turning = cv2.getPerspectiveTransform(quad.astype(np.float32), target)
    line = cv2.warpPerspective(
        frame, turning, (width, height), borderMode=cv2.BORDER_REPLICATE, flags=cv2.INTER_CUBIC
    )
    if height > UPRIGHT_RATIO * width:
        line = np.rot90(line)
    return np.ascontiguousarray(line[:, : LONGEST_LINE * line.shape[0]])
