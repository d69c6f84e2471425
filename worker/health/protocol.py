"""What the health server can be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PartitionRow:
    """One partition on the status page."""

    name: str
    lag: int | None
    gap: int


@dataclass(frozen=True, slots=True)
class Status:
    """How a worker is, for a person."""

    phase: str
    version: str
    model: str
    mode: str
    alive: str | None
    """What is wrong, or None."""
    ready: str | None
    figures: Mapping[str, str] = field(default_factory=dict)
    """By what they are of, with their units."""
    partitions: tuple[PartitionRow, ...] = ()
    outcomes: Mapping[str, int] = field(default_factory=dict)
    """The last ones, by what became of an event."""
    breakers: Mapping[str, bool] = field(default_factory=dict)
    """Whether each is open."""
    processes: tuple[str, ...] = ()
    """Decode processes, a line each."""


class Vitals(Protocol):
    """How the worker is. None of these waits for anything."""

    def alive(self) -> str | None:
        """None while the consumer's thread makes steps, else what is wrong."""
        ...

    def started(self) -> str | None:
        """None once the model is loaded and answered rightly, else what it waits for."""
        ...

    def ready(self) -> str | None:
        """None while the worker takes events, else what it waits for."""
        ...

    def status(self) -> Status:
        """All of it, for a person."""
        ...

    def build(self) -> Mapping[str, object]:
        """What runs here."""
        ...
