"""An end to a process whose work stands still."""

from __future__ import annotations

import faulthandler
import os
import sys
import threading
import time

import structlog

log = structlog.get_logger(__name__)

STALLED = 3
"""Exit status of a process that was ended so."""

LOOKS = 20
"""Looks in one limit: the stall is noticed at most this part of the limit late."""


class Watchdog:
    """Ends the process, with the stacks of all its threads written, if nothing calls ``beat``.

    For a thread that may be caught in a library's endless loop: nothing in the process can free it,
    and a supervisor sees a process that looks alive. Child processes end with their parent.
    """

    def __init__(self, what: str, limit_s: float) -> None:
        self._what = what
        self._limit_s = limit_s
        self._last = time.monotonic()
        self._over = threading.Event()
        self._watching = False
        self._thread = threading.Thread(target=self._watch, name=f"watchdog-{what}", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self.beat()
        self._watching = True
        self._thread.start()

    def beat(self) -> None:
        """A step was made."""
        self._last = time.monotonic()

    def stop(self) -> None:
        """Watch no more."""
        self._watching = False
        self._over.set()

    @property
    def still_s(self) -> float | None:
        """Seconds since the last step; None while it does not watch."""
        return time.monotonic() - self._last if self._watching else None

    def _watch(self) -> None:
        while not self._over.wait(self._limit_s / LOOKS):
            still_s = time.monotonic() - self._last
            if still_s > self._limit_s:
                log.critical("stalled", what=self._what, no_step_for_s=round(still_s, 1))
                faulthandler.dump_traceback(file=sys.__stderr__ or sys.stderr, all_threads=True)
                os._exit(STALLED)
