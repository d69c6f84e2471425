"""What a look at one part of the worker found."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from worker.settings.settings import Settings


class Condition(StrEnum):
    """How a part is."""

    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One part's state."""

    part: str
    health: Condition
    said: str
    seconds: float


Look = Callable[[Settings], Awaitable[tuple[Condition, str]]]
