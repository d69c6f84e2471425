"""Why a decode process is no more."""

from __future__ import annotations

from enum import StrEnum


class Loss(StrEnum):
    """A closed list, fit for a metric label."""

    DIED = "died"
    """By itself, at a file: a crash, or more memory than it may have."""
    TIMEOUT = "timeout"
    """Ended, for a file took it too long."""
    NONSENSE = "nonsense"
    """Ended, for what it answered cannot be believed."""
    DIED_IDLE = "died_idle"
    """By itself, between two files: something outside ended it."""
    NOT_STARTED = "not_started"
    """It did not come up."""
    CUT_SHORT = "cut_short"
    """Ended with its file, whose event was given up or ran out of time."""
    WORN = "worn"
    """Replaced as planned, after ``decode.max_uses`` files or grown too large."""
    NOT_NEEDED = "not_needed"
    """Ended, for fewer are enough now."""
