"""The last scores against the baseline."""

from __future__ import annotations

from collections import deque

from worker.domain.answer import ScoreKind
from worker.domain.media import MediaKind
from worker.domain.verdict import VerdictEvent
from worker.drift.baseline import Baseline
from worker.drift.bins import Bins
from worker.drift.psi import population_stability_index


class _Window:
    """The last scores of one kind: their bins only."""

    def __init__(self, bins: Bins, size: int) -> None:
        self._bins = bins
        self._size = size
        self._last: deque[int] = deque()
        self._counts = [0] * len(bins.counts)

    def note(self, score: float) -> None:
        found = self._bins.find(score)
        self._last.append(found)
        self._counts[found] += 1
        if len(self._last) > self._size:
            self._counts[self._last.popleft()] -= 1

    @property
    def index(self) -> float | None:
        if len(self._last) < self._size:
            return None
        return population_stability_index(self._bins.counts, self._counts)


class DriftMonitor:
    """Population stability index of the last ``window`` fresh scores, for each kind of media.

    Without a baseline the first ``window`` scores are it. With one, a kind that it has none of is
    not measured. Memory is bounded: ``window`` small numbers a kind.
    """

    def __init__(self, window: int, baseline: Baseline | None = None) -> None:
        self._size = window
        self._learns = baseline is None
        self._first: dict[MediaKind, list[float]] = {kind: [] for kind in MediaKind}
        kinds = baseline.kinds if baseline is not None else {}
        self._windows = {kind: _Window(bins, window) for kind, bins in kinds.items()}

    def note(self, verdict: VerdictEvent) -> None:
        """A verdict that the model was asked for."""
        if verdict.score is not None and verdict.score_kind is not ScoreKind.HUMAN:
            self.take(verdict.media.kind, verdict.score)

    def take(self, kind: MediaKind, score: float) -> None:
        """A fresh score: P(AI-generated), as published."""
        window = self._windows.get(kind)
        if window is not None:
            window.note(score)
        elif self._learns:
            self._learn(kind, score)

    def _learn(self, kind: MediaKind, score: float) -> None:
        first = self._first[kind]
        first.append(score)
        if len(first) == self._size:
            self._windows[kind] = _Window(Bins.of(first), self._size)
            first.clear()

    def indices(self) -> dict[MediaKind, float]:
        """Of each kind whose window is full."""
        found = {kind: window.index for kind, window in self._windows.items()}
        return {kind: index for kind, index in found.items() if index is not None}
