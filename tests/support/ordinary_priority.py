"""Encoders that do not change how their process is scheduled."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator


@contextlib.contextmanager
def ordinary_priority() -> Iterator[None]:
    """Give the calling thread its ordinary priority back.

    SVT-AV1, run as root, makes whoever encodes with it a real-time process (SCHED_FIFO, 99), and so
    all its later threads and children, too. On two cores they starved everything else: the suite
    took twice its time.
    """
    try:
        yield
    finally:
        if os.sched_getscheduler(0) != os.SCHED_OTHER:
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
