"""How far a partition is, for whoever watches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from worker.stream.ledger import Standing


@dataclass(frozen=True, slots=True)
class Progress:
    """Of one partition."""

    gap: int
    """Finished events that wait for one before them."""
    lag: int | None
    """End less the committed offset. None while one of the two is not known: before the first
    fetch, and before the first record of a partition where nothing was ever committed."""

    @classmethod
    def of(cls, standing: Standing, end: int | None) -> Self:
        """From what the ledger and the last fetch say."""
        if end is None:
            return cls(standing.gap, None)
        # An empty log, where nothing can have been committed.
        begin = 0 if standing.committed is None and end == 0 else standing.committed
        # A log that was cut ends before what was committed.
        return cls(standing.gap, None if begin is None else max(0, end - begin))
