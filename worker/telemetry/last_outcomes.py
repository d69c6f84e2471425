"""What became of the last events, for a person who looks."""

from __future__ import annotations

from collections import Counter, deque

KEPT = 1000
"""Outcomes: some seconds' worth of a busy worker, an hour's of a quiet one."""


class LastOutcomes:
    """Counts the last ``KEPT`` outcomes by one word each, out of a closed list."""

    def __init__(self) -> None:
        self._last: deque[str] = deque(maxlen=KEPT)

    def note(self, word: str) -> None:
        """One more."""
        self._last.append(word)

    def counts(self) -> dict[str, int]:
        """The most frequent first."""
        return dict(Counter(self._last).most_common())
