"""How many decode processes there should be."""

from __future__ import annotations

from dataclasses import dataclass, field

GROW_AFTER_S = 1.0
"""Files that wait this long want another process. A burst shorter than that is over before it is
up: its libraries take seconds to load."""

SHRINK_AFTER_S = 300.0
"""A process that was not needed this long is one too many. Long, for it costs little while it is
idle, and seconds of a core to have again."""


@dataclass(slots=True)
class Sizing:
    """Grows by what waits, and shrinks by what was not needed. Told of each look at the pool.

    Only files that wait for a process make it grow, and only while the engine has room: when it is
    full, more pixels would wait in memory for the same engine. One process at a time, for its
    effect is seen only once it is up. It shrinks to the most that were busy at once over the last
    ``SHRINK_AFTER_S``, by one for each such time: a quiet night ends at ``least``, and an hour's
    peak does not have to be climbed again.
    """

    least: int
    most: int
    _waiting_since: float | None = None
    _window_from: float | None = None
    _busiest: int = field(default=0)

    def wanted(
        self,
        now: float,
        *,
        processes: int,
        starting: int,
        busy: int,
        waiting: int,
        engine_has_room: bool,
    ) -> int:
        """How many there should be.

        ``now`` is monotonic, in seconds; ``processes`` counts those ``starting``, too.
        """
        if processes < self.least:
            return self.least
        if starting:
            self._waiting_since = None
            return processes
        if self._grows(now, waiting=waiting, engine_has_room=engine_has_room):
            self._window_from, self._waiting_since = None, now
            return min(processes + 1, self.most)
        return processes - self._shrinks(now, processes=processes, busy=busy, waiting=waiting)

    def _grows(self, now: float, *, waiting: int, engine_has_room: bool) -> bool:
        if not waiting or not engine_has_room:
            self._waiting_since = None
            return False
        if self._waiting_since is None:
            self._waiting_since = now
        return now - self._waiting_since >= GROW_AFTER_S

    def _shrinks(self, now: float, *, processes: int, busy: int, waiting: int) -> int:
        """1 or 0: how many of them go."""
        if self._window_from is None:
            self._window_from, self._busiest = now, 0
        self._busiest = max(self._busiest, min(processes, busy + waiting))
        if now - self._window_from < SHRINK_AFTER_S:
            return 0
        needed = max(self.least, self._busiest)
        self._window_from, self._busiest = now, busy
        return 1 if processes > needed else 0
