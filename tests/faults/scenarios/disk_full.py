"""11. No room where the worker writes: its log and its temporary files."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from tests.faults.checker import check
from tests.faults.lab import Lab
from tests.faults.outcome import longest_silence
from tests.faults.result import Result
from tests.faults.size import Size
from tests.faults.supervisor import Supervisor
from tests.faults.upload import make_uploads

NUMBER, NAME = 11, "disk full"
MEANWHILE, FROM_THE_START = "while it works", "from the start"
FORMS = (MEANWHILE, FROM_THE_START)
SHORT_FORMS = ()

RATE = 60.0
FULL_S = 15.0
DISK = 'mount -t tmpfs -o size=1m tmpfs "$0" && if [ -n "$FILL" ]; then'
FILL = 'head -c 2m /dev/zero >"$0/fill" 2>/dev/null; fi; exec "$@" >"$0/worker.log" 2>&1'
"""A small disk of its own, in a mount namespace that nobody else sees; its log goes there."""


def run(lab: Lab, size: Size, form: str) -> Result:
    """Verdicts need no disk. The disk is full, for a while or from the start; then it is not."""
    uploads = make_uploads(2_000, seed=NUMBER)
    stream = lab.stream()
    disk = lab.folder / f"disk-{stream.tail}"
    disk.mkdir()
    as_root = () if os.geteuid() == 0 else ("--map-root-user",)
    worker = lab.worker(
        stream,
        environment={"TMPDIR": str(disk), "FILL": "1" if form == FROM_THE_START else ""},
        within=("unshare", "--mount", *as_root, "sh", "-c", f"{DISK} {FILL}", str(disk)),
    )
    worker.wait_ready()
    fill = _seen_by(worker, disk) / "fill"
    with stream.publishing(uploads, RATE):
        stream.wait_settled(100)
        full = time.time()
        if form == MEANWHILE:
            _fill(fill)
        lab.say("the disk is full")
        time.sleep(FULL_S)
        during = len([1 for outcome in stream.outcomes() if outcome.at > full])
        fill.unlink()
        lab.say("the disk has room")
    stream.wait_settled(len(uploads), 300)
    stream.wait_committed()
    lines = (_seen_by(worker, disk) / "worker.log").read_text(errors="replace").count("\n")
    status = worker.stop()
    report = check(stream)
    problems = []
    if [one.status for one in worker.exits] != [0]:
        problems.append(f"it ended with {[one.status for one in worker.exits]}")
    if report.duplicated:
        problems.append("duplicates, though nothing was redelivered")
    if not during:
        problems.append("no outcome while the disk was full")
    return Result.of(
        NUMBER,
        NAME,
        form,
        report,
        recovery_s=longest_silence(report.times, [full]),
        story=f"{during} outcomes while it was full, for {FULL_S:g} s; {lines} lines of log;"
        f" drained with {status}",
        problems=problems,
    )


def _seen_by(worker: Supervisor, folder: Path) -> Path:
    """A folder as the worker's own mounts have it (proc(5), /proc/pid/root)."""
    assert worker.process is not None
    return Path(f"/proc/{worker.process.pid}/root{folder}")


def _fill(file: Path) -> None:
    """To the last byte."""
    with file.open("wb", buffering=0) as full:
        for piece in (65_536, 1):
            with contextlib.suppress(OSError):  # no room for a piece of this size
                while True:
                    full.write(b"\0" * piece)
