"""How the worker is, for the health server."""

from __future__ import annotations

from enum import StrEnum


class Phase(StrEnum):
    """Where in its life a worker is; the words are what `/readyz` says."""

    STARTING = "starting: connecting"
    LOADING = "starting: loading the model, and asking it about media whose answer is known"
    JOINING = "starting: joining the consumer group"
    READY = "ready"
    DRAINING = "stopping: finishing what was taken"
    STOPPED = "stopped"


class WorkerVitals:
    """The phase, as the service moves through it."""

    def __init__(self) -> None:
        self.phase = Phase.STARTING

    def alive(self) -> str | None:
        """None: a process that answers here is alive. Its loop stuck, it would not answer."""
        return None

    def ready(self) -> str | None:
        """None once the model answered rightly and the group is joined."""
        return None if self.phase is Phase.READY else self.phase.value
