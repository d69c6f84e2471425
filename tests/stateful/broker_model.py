"""What a broker and a consumer know of their partitions, as plain lists."""

from __future__ import annotations

from dataclasses import dataclass, field

from worker.domain.record import Record
from worker.stream.protocol import Delivery


@dataclass
class Taken:
    """A delivery as the model remembers it."""

    delivery: Delivery
    finished: bool = False
    lost: bool = False
    """Its record is no longer in the log: another may stand at its offset."""

    @property
    def record(self) -> Record:
        return self.delivery.record


@dataclass
class Assigned:
    """A partition while it is ours."""

    epoch: int
    opened: bool = False
    taken: list[Taken] = field(default_factory=list)
    told: int | None = None
    """What the ledger was told that was committed."""

    @property
    def committable(self) -> int | None:
        """The end of the records before the first unfinished one."""
        found = None
        for taken in self.taken:
            if not taken.finished:
                break
            found = taken.record.next_offset
        return found


@dataclass
class Log:
    """A partition as the broker has it."""

    position: int = 0
    """The next offset to be read."""
    committed: int = 0
    done: set[int] = field(default_factory=set)
    """Offsets whose outcome was published, by whichever assignment."""
    known: set[int] = field(default_factory=set)
    """Offsets at which there is a record, as far as anybody read."""
    spans: dict[int, int] = field(default_factory=dict)
