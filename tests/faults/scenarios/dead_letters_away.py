"""9. The dead-letter topic takes nothing."""

from __future__ import annotations

import time

from tests.faults.checker import check
from tests.faults.lab import Lab
from tests.faults.outcome import longest_silence
from tests.faults.result import Result
from tests.faults.size import Size
from tests.faults.upload import make_uploads

NUMBER, NAME = 9, "dead letters refused"
FORMS = ("at_least_once", "transactional")
SHORT_FORMS = ("at_least_once", "transactional")

GIVES_UP_MS = 31_000
"""Just more than what kafka-python gives a single request, which is the least it takes."""

FENCED_S = 12.0
"""The controller takes a broker for dead after 9 s (broker.session.timeout.ms)."""


def run(lab: Lab, size: Size, form: str) -> Result:
    """The worker must end, again and again, and never commit past an event without an outcome."""
    lives = size.pick(1, 3)
    uploads = make_uploads(2_000, seed=NUMBER)
    stream = lab.stream(letters_on=(1, 2))
    away = lab.cluster.brokers[0]
    worker = lab.worker(
        stream, f"kafka.delivery={form}", f"kafka.producer.delivery_timeout_ms={GIVES_UP_MS}"
    )
    worker.wait_ready()
    away.kill()
    lab.say("a broker killed: of two replicas of the dead letters one is left, and two must be")
    time.sleep(FENCED_S)
    stream.publish(uploads)
    worker.wait_exits(lives, 240)
    problems = []
    if skipped := stream.skipped():
        problems.append(f"committed without an outcome: {len(skipped)}, {skipped[:3]}")
    if any(one.status != 1 for one in worker.exits):
        problems.append(f"it ended with {[one.status for one in worker.exits]}, and not with 1")
    if stream.settled() == len(uploads):
        problems.append("every event had an outcome: this was no fault")
    away.start()
    lab.cluster.wait_whole()
    mended = time.time()
    lab.say(f"the dead letters take writes again, after {len(worker.exits)} ends")
    stream.wait_settled(len(uploads), 600)
    stream.wait_committed()
    ends = len(worker.exits)
    status = worker.stop()
    report = check(stream, transactional=form == "transactional")
    return Result.of(
        NUMBER,
        NAME,
        form,
        report,
        recovery_s=longest_silence(report.times, [mended]),
        story=f"ended with 1 {ends} time(s), committing nothing undone; then drained with {status}",
        problems=problems,
    )
