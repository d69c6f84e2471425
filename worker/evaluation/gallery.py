"""Small pictures of the worst errors, drawn while their pixels are there."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from pathlib import Path

from worker.calibration.atomic import write_whole
from worker.domain.media import PreparedMedia
from worker.evaluation.outcome import Outcome
from worker.report.thumbnail import draw_thumbnail

FOLDER = "thumbnails"

KEPT = 120
"""Of each sort of error, the surest ones: more than a report shows, 1 MB or so each sort."""

Sort = tuple[str, str | None]
"""What it is and what was said."""


def confidence(outcome: Outcome) -> float:
    """How sure the model was of what it said, from 0 to 1; 0.5 where nothing tells."""
    if outcome.score.value is None or outcome.conclusion is None:
        return 0.5
    fake = outcome.score.value
    return fake if outcome.conclusion == "fake" else 1 - fake


class Gallery:
    """Thumbnails in a run's folder, by content hash."""

    def __init__(self, folder: Path, kept: int = KEPT) -> None:
        self._folder = folder / FOLDER
        self._kept = kept
        self._surest: dict[Sort, list[tuple[float, str]]] = {}

    def see(self, outcome: Outcome, draw: Callable[[], bytes] | None = None) -> None:
        """Keep its picture, if it is among the worst so far. Raises ``OSError``.

        Without ``draw`` it was kept in an earlier sitting.
        """
        if outcome.correct or outcome.sha256 is None:
            return
        heap = self._surest.setdefault((outcome.label.value, outcome.conclusion), [])
        entry = (confidence(outcome), outcome.sha256)
        if entry in heap or (len(heap) >= self._kept and entry <= heap[0]):
            return
        heapq.heappush(heap, entry)
        if draw is not None:
            self._folder.mkdir(exist_ok=True)
            write_whole(picture_of(self._folder.parent, outcome.sha256), draw())
        if len(heap) > self._kept:
            self._let_go(heapq.heappop(heap)[1])

    def _let_go(self, sha256: str) -> None:
        if not any(sha256 == kept for heap in self._surest.values() for _, kept in heap):
            picture_of(self._folder.parent, sha256).unlink(missing_ok=True)


def picture_of(folder: Path, sha256: str) -> Path:
    """Where a run keeps the picture of a content, if it does."""
    return folder / FOLDER / f"{sha256}.jpg"


def drawing(media: PreparedMedia) -> Callable[[], bytes]:
    """What the model saw, drawn only if it is wanted."""
    return lambda: draw_thumbnail(media)
