"""All that a decode process takes away from itself, in the order in which that is possible."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from functools import partial

from worker.decode.sandbox import system_calls
from worker.decode.sandbox.files import give_up_files
from worker.decode.sandbox.late_imports import end_imports
from worker.decode.sandbox.limits import limit_resources
from worker.decode.sandbox.privileges import (
    drop_capabilities,
    drop_privileges,
    hide,
    leave_network,
)
from worker.decode.sandbox.protections import Protection
from worker.decode.sandbox.trial import DEADLY, dies_of_a_call, survives


class Sandbox:
    """Closed step by step, each time as far as this machine lets it.

    What does not hold is False in ``protections``, and no error: whether the rest is enough is for
    the parent to say.
    """

    def __init__(self) -> None:
        self.protections: dict[str, bool] = {}

    def leave(self) -> None:
        """The first step, while this process has one thread: network and privileges."""
        self._note(Protection.NETWORK, leave_network())
        self._note(Protection.PRIVILEGES, drop_privileges())

    def limit(self, *, memory_bytes: int, output_bytes: int) -> None:
        """The second, once all libraries are loaded and no thread of theirs is left."""
        self._note(Protection.CAPABILITIES, drop_capabilities())
        self._note(Protection.TRACING, hide())
        self._note(
            Protection.MEMORY,
            limit_resources(memory_bytes=memory_bytes, output_bytes=output_bytes),
        )

    def close_files(self, rehearse: Callable[[], object]) -> bool:
        """The third: files, and for what is imported late. Whether ``restrict`` may follow.

        ``rehearse`` does what the process is there for. If it cannot without files and with few
        system calls, both stay, so that a decoder which needs more is told apart from one that
        refuses every file.
        """
        fits = survives(partial(_try_with_nothing, rehearse))
        self._note(Protection.FILES, fits and give_up_files())
        self._note(Protection.SYSTEM_CALLS, False)
        if fits:
            end_imports()
        return fits

    def restrict(self) -> None:
        """The last: system calls."""
        deadly = all(dies_of_a_call(partial(_try, call)) for call in DEADLY)
        held = restricted() and _nothing_begins()
        self._note(Protection.SYSTEM_CALLS, deadly and held)

    def _note(self, protection: Protection, held: bool) -> None:
        self.protections[protection.value] = held


def restricted() -> bool:
    """Whether the system calls could be restricted, for a process that starts no other."""
    return system_calls.restrict()


def _try_with_nothing(rehearse: Callable[[], object]) -> None:
    give_up_files()
    restricted()
    end_imports()
    rehearse()


def _try(call: Callable[[], None]) -> None:
    restricted()
    call()


def _nothing_begins() -> bool:
    """Whether no process, socket or file comes into being."""
    for attempt in (_fork, socket.socket, lambda: os.open("/proc/self/status", os.O_RDONLY)):
        try:
            attempt()
        except OSError:
            continue
        return False
    return True


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)
