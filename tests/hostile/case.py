"""One hostile file, and what must come of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from worker.domain.failure import Reason

ANSWERED: Final = "answered"
"""Pixels came back: the file is odd, and a picture all the same."""

UNSUPPORTED: Final = Reason.MEDIA_UNSUPPORTED.value
UNDECODABLE: Final = Reason.MEDIA_UNDECODABLE.value
OVER_BUDGET: Final = Reason.MEDIA_OVER_BUDGET.value

MOST_MIB = 160
"""What a decode process may grow by at its peak, unless a case says otherwise: a picture of the
largest size allowed here, as RGB and once more while it is converted, and a copy of the file."""

MOST_MS = 4000.0
"""Likewise for its processor time, for the machine may be busy with other things. A healthy picture
takes some milliseconds; the pool itself bounds the time on the clock."""


@dataclass(frozen=True, slots=True)
class Case:
    """A row of the suite. The bytes are made when they are wanted: some are large."""

    name: str
    make: Callable[[], bytes]
    expected: str
    """``answered``, or the reason of the refusal."""
    mime: str | None = None
    """The type that the uploader declares."""
    most_mib: int = MOST_MIB
    most_ms: float = MOST_MS
