"""10. The wall clock jumps by hours, to and fro."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from tests.faults.checker import check
from tests.faults.lab import Lab
from tests.faults.outcome import longest_silence
from tests.faults.result import Result
from tests.faults.size import Size
from tests.faults.supervisor import Supervisor
from tests.faults.upload import make_uploads
from tests.faults.wall_clock import WallClock

NUMBER, NAME = 10, "clock jumps"
FORMS = ("at_least_once", "transactional")
SHORT_FORMS = ()

JUMPS = (3, -5, 0, 30 * 24, -24, 0)
"""Hours ahead of the true time, one after the other."""

EACH_S = 8.0
RATE = 40.0


def run(lab: Lab, size: Size, form: str) -> Result:
    """The worker's own wall clock only: its monotonic one is right, as on a real machine."""
    uploads = make_uploads(2_000, seed=NUMBER)
    stream = lab.stream()
    clock = WallClock(lab.folder)
    worker = lab.worker(stream, f"kafka.delivery={form}", environment=clock.environment)
    worker.wait_ready()
    jumps: list[float] = []
    with stream.publishing(uploads, RATE):
        stream.wait_settled(50)
        for jump in JUMPS:
            clock.set(timedelta(hours=jump))
            jumps.append(time.time())
            lab.say(f"the worker's clock is {jump} hours ahead")
            time.sleep(EACH_S)
    stream.wait_settled(len(uploads), 300)
    stream.wait_committed()
    status = worker.stop()
    report = check(stream, transactional=form == "transactional")
    problems = []
    if [one.status for one in worker.exits] != [0]:
        problems.append(f"it ended with {[one.status for one in worker.exits]}")
    if report.duplicated:
        problems.append("duplicates, though nothing was redelivered")
    if not _jumped(worker):
        problems.append("its log has no other time: this was no fault")
    return Result.of(
        NUMBER,
        NAME,
        form,
        report,
        recovery_s=longest_silence(report.times, jumps),
        story=f"the clock {', '.join(map(str, JUMPS))} hours ahead; drained with {status}",
        problems=problems,
    )


def _jumped(worker: Supervisor) -> bool:
    """Whether it wrote a line with a time of another day."""
    now = datetime.now(UTC)
    return any(
        abs(datetime.fromisoformat(line["timestamp"]) - now) > timedelta(hours=20)
        for line in worker.said("dead_letter")
    )
