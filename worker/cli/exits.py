"""How a command ends: its exit code, and what a person is told."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import NoReturn

from worker.calibration.file import CalibrationInvalid
from worker.domain.failure import Failure
from worker.drift.baseline import BaselineInvalid
from worker.models.spec import SpecInvalid
from worker.printable import printable_lines
from worker.process.watchdog import STALLED
from worker.settings.sources import SettingsInvalid


class Exit(IntEnum):
    """Exit codes. Those of signals follow the shell: 128 + the signal's number."""

    OK = 0
    FAILED = 1
    """Something broke, or not every item got a verdict."""
    USAGE = 2
    """The command line or the settings cannot be used."""
    STALLED = STALLED
    """The consumer's thread stood still (``worker/process/watchdog.py``)."""
    MISSED = 4
    """A run did what it should, and what was expected of its figures is not so."""
    INTERRUPTED = 128 + signal.SIGINT


@contextmanager
def reported() -> Iterator[None]:
    """Turn known failures into a sentence and an exit code; leave bugs their traceback."""
    try:
        yield
    except (SettingsInvalid, SpecInvalid, CalibrationInvalid, BaselineInvalid) as error:
        fail(f"The settings cannot be used.\n{error}", Exit.USAGE)
    except Failure as failure:
        fail(f"{failure.reason.value}: {failure.detail}", Exit.FAILED)
    except KeyboardInterrupt:
        fail("Interrupted.", Exit.INTERRUPTED)


def fail(message: str, code: Exit) -> NoReturn:
    """Say why on standard error, and end."""
    sys.stderr.write(f"ivy-worker: {printable_lines(message)}\n")
    sys.exit(code)
