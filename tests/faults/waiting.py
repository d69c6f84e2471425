"""Waiting for something to become true."""

from __future__ import annotations

import time
from collections.abc import Callable


class TookTooLong(Exception):
    """What was waited for did not come."""


def wait_until(true: Callable[[], bool], seconds: float, what: str, every_s: float = 0.1) -> None:
    """Return once ``true()`` is. Raises ``TookTooLong``, with ``what``, when the time is over."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TookTooLong(f"{what}: not within {seconds:g} s")
        time.sleep(every_s)
