"""8. SIGTERM under load: what was taken is finished, and nothing is done twice."""

from __future__ import annotations

import random

from tests.faults.checker import check
from tests.faults.lab import Lab
from tests.faults.outcome import longest_silence
from tests.faults.result import Result
from tests.faults.size import Size
from tests.faults.upload import make_uploads

NUMBER, NAME = 8, "SIGTERM under load"
FORMS = ("at_least_once", "transactional")
SHORT_FORMS = ("at_least_once",)

DRAIN_S = 30.0


def run(lab: Lab, size: Size, form: str) -> Result:
    """At each end, exactly what was published is committed."""
    rounds = size.pick(2, 8)
    uploads = make_uploads(2_000, seed=NUMBER)
    part = len(uploads) // (rounds + 1)
    chance = random.Random(NUMBER)
    stream = lab.stream()
    worker = lab.worker(stream, f"kafka.delivery={form}", f"flow.drain_timeout_s={DRAIN_S:g}")
    told: list[float] = []
    problems: list[str] = []
    for number in range(rounds):
        worker.wait_ready()
        before = stream.settled()
        stream.publish(uploads[number * part : (number + 1) * part])
        stream.wait_settled(before + chance.randrange(1, part // 2))
        told.append(worker.terminate())
        worker.wait_exits(number + 1)
        settled, committed = stream.settled(), sum(stream.committed().values())
        if settled != committed:
            problems.append(f"{settled} events had an outcome, and {committed} were committed")
        lab.say(f"told to end {number + 1} of {rounds} times, after {settled} outcomes")
    stream.publish(uploads[rounds * part :])
    stream.wait_settled(len(uploads), 600)
    stream.wait_committed()
    took_s = [one.at - at for one, at in zip(worker.exits, told, strict=True)]
    worker.stop()
    report = check(stream, transactional=form == "transactional")
    if any(one.status for one in worker.exits):
        problems.append(f"it ended with {[one.status for one in worker.exits]}")
    if report.duplicated:
        problems.append("duplicates, though it drained")
    return Result.of(
        NUMBER,
        NAME,
        form,
        report,
        recovery_s=longest_silence(report.times, told),
        story=f"{rounds} times; drained within {max(took_s):.1f} s",
        problems=problems,
    )
