"""Keeps outcomes in batches, and the time that they took."""

from __future__ import annotations

from pathlib import Path

from worker.domain.clock import Clock
from worker.evaluation.journal import Journal
from worker.evaluation.outcome import Outcome
from worker.evaluation.sessions import Session, load_sessions, save_sessions

BATCH = 32
"""Outcomes written at once: a wait for the disk a batch, and no more than this lost in a crash."""

EVERY_S = 5.0
"""A batch is written after this long, full or not: slow models lose no more than seconds."""


class Recorder:
    """Of one sitting. ``flush`` must be called at its end, however it ends."""

    def __init__(self, folder: Path, journal: Journal, clock: Clock) -> None:
        self._folder = folder
        self._journal = journal
        self._before = load_sessions(folder)
        self._clock = clock
        self._begun_at = clock.now()
        self._begun = self._flushed = clock.monotonic()
        self._pending: list[Outcome] = []
        self.written = 0

    def add(self, outcome: Outcome) -> None:
        """Keep it; write, where a batch is full. Raises ``OSError``."""
        self._pending.append(outcome)
        if len(self._pending) >= BATCH or self._clock.monotonic() - self._flushed >= EVERY_S:
            self.flush()

    def flush(self) -> None:
        """All that was added is on the disk. Raises ``OSError``."""
        if not self._pending:
            return
        batch, self._pending = self._pending, []
        self._journal.append(batch)
        self._flushed = self._clock.monotonic()
        self.written += len(batch)
        session = Session(
            begun_at=self._begun_at,
            seconds=round(self._flushed - self._begun, 3),
            outcomes=self.written,
        )
        save_sessions((*self._before, session), self._folder)
