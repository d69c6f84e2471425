"""Finds text in the pixels that the model gets, and reads whether it speaks of the picture itself.

Runs where strangers' files are decoded: one thread, no network, bounded memory. What it reads never
leaves this module.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from worker.domain.typography import TextSeen
from worker.typography.claims import read_claim
from worker.typography.config import TypographyConfig
from worker.typography.library import load
from worker.typography.regions import Quads, regions_of, share_of

if TYPE_CHECKING:
    from rapidocr.ch_ppocr_det import TextDetector
    from rapidocr.ch_ppocr_rec import TextRecognizer

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


class TextFinder:
    """Detection always, for it is cheaper than one line's reading; reading for the largest lines.

    Not safe for use by several threads at once.
    """

    def __init__(self, config: TypographyConfig | None = None) -> None:
        self._config = config or TypographyConfig()
        self._networks: tuple[TextDetector, TextRecognizer] | None = None

    def prepare(self) -> None:
        """Load the networks, and run each once: afterwards no file is opened any more."""
        if self._networks is None:
            self._networks = load()
            self.find(np.zeros((2 * CELL, 2 * CELL, 3), dtype=np.uint8))
            self._read(np.zeros((CELL, 2 * CELL, 3), dtype=np.uint8))

    def find(self, frame: Pixels) -> TextSeen:
        """Text in one frame: uint8 RGB, shape ``(height, width, 3)``."""
        self.prepare()
        height, width, _ = frame.shape
        quads = self._detect(frame)
        regions = regions_of(quads, height, width)
        if not regions:
            return TextSeen()
        return TextSeen(
            regions=regions,
            share=share_of(regions, height, width),
            claim=read_claim([self._read(line) for line in self._largest(frame, quads)]),
        )

    def _detect(self, frame: Pixels) -> Quads:
        """The lines' corners, in pixels of the frame."""
        assert self._networks is not None
        height, width, _ = frame.shape
        wide, high = _search_size(width, height, self._config.side)
        shrinks = wide * high < width * height
        small = cv2.resize(
            frame, (wide, high), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
        )
        boxes = self._networks[0](small).boxes
        if boxes is None or len(boxes) == 0:
            return np.empty((0, 4, 2))
        corners: Quads = np.asarray(boxes, dtype=np.float64) * (width / wide, height / high)
        return corners

    def _largest(self, frame: Pixels, quads: Quads) -> Iterator[Pixels]:
        """The largest lines, upright, in the order in which they stand."""
        sizes = [cv2.contourArea(quad.astype(np.float32)) for quad in quads]
        chosen = sorted(np.argsort(sizes)[::-1][: self._config.read_lines])
        for number in chosen:
            line = _upright(frame, quads[number])
            if line is not None:
                yield line

    def _read(self, line: Pixels) -> str:
        from rapidocr.ch_ppocr_rec import TextRecInput

        assert self._networks is not None
        texts = self._networks[1](TextRecInput(img=[line])).txts
        return str(texts[0]) if texts else ""


def _search_size(width: int, height: int, side: int) -> tuple[int, int]:
    """The frame's size for the search: within the bounds of its area, in whole cells."""
    mean = (width * height) ** 0.5
    scale = min(1.0, side / mean) if mean > SMALL_SIDE else min(2.0, SMALL_SIDE / mean)
    wide, high = (max(CELL, round(length * scale / CELL) * CELL) for length in (width, height))
    return wide, high


def _upright(frame: Pixels, quad: npt.NDArray[np.float64]) -> Pixels | None:
    """One line turned to lie level, no longer than what is read; None where it is hardly there."""
    corners = quad.astype(np.float32)
    width = int(
        max(np.linalg.norm(corners[0] - corners[1]), np.linalg.norm(corners[3] - corners[2]))
    )
    height = int(
        max(np.linalg.norm(corners[0] - corners[3]), np.linalg.norm(corners[1] - corners[2]))
    )
    if min(width, height) < SMALLEST_LINE:
        return None
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    turning = cv2.getPerspectiveTransform(corners, target)
    line = cv2.warpPerspective(
        frame, turning, (width, height), borderMode=cv2.BORDER_REPLICATE, flags=cv2.INTER_CUBIC
    )
    if height > UPRIGHT_RATIO * width:
        line = np.rot90(line)
    return np.ascontiguousarray(line[:, : LONGEST_LINE * line.shape[0]])
