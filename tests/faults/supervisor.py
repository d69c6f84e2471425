"""A worker under a supervisor that starts it again whenever it ends, as Kubernetes does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.leash import end, launch
from tests.faults.steady_ports import steady_port
from tests.faults.waiting import wait_until

PAUSE_S = 0.5
"""Between an end and the next start."""

UNUSABLE = 2
"""Exit status where the settings cannot be used: no further start would help."""

READY_WITHIN_S = 240.0


@dataclass(frozen=True, slots=True)
class Exit:
    """An end of the worker's process."""

    at: float
    """Seconds since the epoch."""
    status: int
    """Its exit status; the signal's number, negative, where one ended it."""


class Supervisor:
    """One worker, over all its lives."""

    def __init__(
        self,
        name: str,
        settings: Sequence[str],
        log: Path,
        environment: Mapping[str, str],
        within: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.log = log
        self.port = steady_port()
        self.exits: list[Exit] = []
        self.process: subprocess.Popen[bytes] | None = None
        given = [*settings, "health.host=127.0.0.1", f"health.port={self.port}"]
        self._command = [
            *(*within, sys.executable, "-m", "worker", "run"),
            *(part for setting in given for part in ("--set", setting)),
        ]
        self._environment = {"HF_HUB_OFFLINE": "1", **environment}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._supervise, name=name, daemon=True)

    def start(self) -> None:
        """Begin; the worker is ready later."""
        self._thread.start()

    def _supervise(self) -> None:
        while not self._over.is_set():
            process = launch(self._command, self.log, self._environment)
            self.process = process
            status = process.wait()
            self.exits.append(Exit(time.time(), status))
            end(process)  # whatever it left behind
            self._over.wait(PAUSE_S)

    @property
    def running(self) -> bool:
        """Whether a process of it is there."""
        return self.process is not None and self.process.poll() is None

    def ask(self, path: str) -> str | None:
        """Its health server's answer with status 200, or None."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return str(answer.read().decode())
        except (urllib.error.URLError, OSError):
            return None

    @property
    def ready(self) -> bool:
        """Whether it says so."""
        return self.ask("/readyz") is not None

    def wait_ready(self, seconds: float = READY_WITHIN_S) -> None:
        """Return once it says that it is ready. Raises ``TookTooLong`` with its last words."""
        try:
            wait_until(self._ready_or_refused, seconds, f"{self.name} is ready")
            assert self.ready, f"{self.name} cannot use its settings"
        except Exception as failure:
            failure.add_note(self.last_words())
            raise

    def _ready_or_refused(self) -> bool:
        return self.ready or bool(self.exits and self.exits[-1].status == UNUSABLE)

    def wait_exits(self, count: int, seconds: float = 120.0) -> None:
        """Return once it ended that many times in all."""
        wait_until(lambda: len(self.exits) >= count, seconds, f"{self.name} ends")

    def kill(self) -> float:
        """SIGKILL to the worker's own process; it is started again. The time, since the epoch."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        return time.time()

    def terminate(self) -> float:
        """SIGTERM; it is started again when it has ended. The time, since the epoch."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGTERM)
        return time.time()

    def stop(self, seconds: float = 90.0) -> int | None:
        """SIGTERM, for good. Its exit status, or None if it had to be killed."""
        self._over.set()
        if self.running:
            self.terminate()
        self._thread.join(seconds)
        drained = not self._thread.is_alive()
        self.end()
        return self.exits[-1].status if drained and self.exits else None

    def end(self) -> None:
        """Kill it for good, with all that it started."""
        self._over.set()
        if self.running:
            end(self.process)
        if self._thread.ident is not None:
            self._thread.join(30)

    def said(self, event: str) -> list[dict[str, Any]]:
        """The lines of its log of that name."""
        return [line for line in self._lines() if line.get("event") == event]

    def _lines(self) -> list[dict[str, Any]]:
        found = []
        for line in self.log.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                parsed = json.loads(line)
            except ValueError:
                continue  # half a line, of a process that was killed
            if isinstance(parsed, dict):
                found.append(parsed)
        return found

    def last_words(self) -> str:
        """The end of what it wrote."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-3000:]
