"""1. SIGKILL to the worker at random moments."""

from __future__ import annotations

import random
import time

from tests.faults.checker import check
from tests.faults.lab import Lab
from tests.faults.outcome import longest_silence
from tests.faults.result import Result
from tests.faults.size import Size
from tests.faults.upload import make_uploads

NUMBER, NAME = 1, "worker killed"
FORMS = ("at_least_once", "transactional")
SHORT_FORMS = ("at_least_once",)


def run(lab: Lab, size: Size, form: str) -> Result:
    """A part of the events comes before each kill, so that there is always something to lose.

    The moments: some while the worker starts or joins, most while it works.
    """
    kills = size.pick(3, 20)
    uploads = make_uploads(size.pick(2_000, 6_000), contents=size.pick(40, 120), seed=NUMBER)
    part = len(uploads) // (kills + 1)
    chance = random.Random(NUMBER)
    stream = lab.stream()
    worker = lab.worker(stream, f"kafka.delivery={form}")
    worker.wait_ready()
    killed: list[float] = []
    skipped: list[str] = []
    for number in range(kills):
        before = stream.settled()
        stream.publish(uploads[number * part : (number + 1) * part])
        if chance.random() < 0.8:  # it is at work
            stream.wait_settled(before + chance.randrange(1, part // 2))
        else:
            time.sleep(chance.uniform(0, 8))
        killed.append(worker.kill())
        worker.wait_exits(number + 1)
        skipped += stream.skipped()
        lab.say(f"kill {number + 1} of {kills}")
    stream.publish(uploads[kills * part :])
    stream.wait_settled(len(uploads), 600)
    stream.wait_committed()
    status = worker.stop()
    report = check(stream, transactional=form == "transactional")
    problems = []
    statuses = [one.status for one in worker.exits]
    if statuses != [-9] * kills + [0]:
        problems.append(f"it ended with {statuses}, which is not the kills and a drain")
    if skipped:
        problems.append(f"committed, and no outcome yet: {skipped[:3]}")
    return Result.of(
        NUMBER,
        NAME,
        form,
        report,
        recovery_s=longest_silence(report.times, killed),
        story=f"{kills} kills; then drained with {status}",
        problems=problems,
    )
