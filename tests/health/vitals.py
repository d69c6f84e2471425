"""A worker's state, as a test wants it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from worker.health.protocol import Status


@dataclass
class FixedVitals:
    """Says what it is told to."""

    trouble: dict[str, str | None] = field(default_factory=dict)
    shown: Status = field(
        default_factory=lambda: Status(
            phase="ready", version="1", model="tiny", mode="live", alive=None, ready=None
        )
    )

    def alive(self) -> str | None:
        return self.trouble.get("alive")

    def started(self) -> str | None:
        return self.trouble.get("started")

    def ready(self) -> str | None:
        return self.trouble.get("ready")

    def status(self) -> Status:
        return self.shown

    def build(self) -> Mapping[str, object]:
        return {"version": "1"}
