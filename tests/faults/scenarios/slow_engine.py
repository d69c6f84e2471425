"""6. An engine that answers later than max.poll.interval."""

from __future__ import annotations

import time

from tests.faults.checker import check
from tests.faults.lab import Lab
from tests.faults.outcome import longest_silence
from tests.faults.result import Result
from tests.faults.size import Size
from tests.faults.upload import make_uploads

NUMBER, NAME = 6, "slow engine"
FORMS = ("at_least_once", "transactional")
SHORT_FORMS = ()

POLL_INTERVAL_S = 10
SLOW_S = 30.0
RATE = 60.0


def run(lab: Lab, size: Size, form: str) -> Result:
    """The worker must keep its partitions, for it polls while it waits: nothing comes twice."""
    uploads = make_uploads(2_000, seed=NUMBER)
    stream = lab.stream()
    worker = lab.worker(
        stream,
        f"kafka.delivery={form}",
        f"kafka.consumer.max_poll_interval_ms={POLL_INTERVAL_S * 1000}",
        "kafka.consumer.session_timeout_ms=6000",
        # Both must stay below it.
        f"kafka.consumer.stall_timeout_s={POLL_INTERVAL_S - 1}",
        f"flow.drain_timeout_s={POLL_INTERVAL_S - 1}",
    )
    worker.wait_ready()
    with stream.publishing(uploads, RATE):
        stream.wait_settled(200)
        slow = time.time()
        lab.engine_way.cut()
        lab.say(f"the engine answers nothing for {SLOW_S:g} s")
        time.sleep(SLOW_S)
        lab.engine_way.heal()
    stream.wait_settled(len(uploads), 600)
    stream.wait_committed()
    assigned = len(worker.said("partitions_assigned"))
    status = worker.stop()
    report = check(stream, transactional=form == "transactional")
    problems = []
    if [one.status for one in worker.exits] != [0]:
        problems.append(f"it ended with {[one.status for one in worker.exits]}")
    if report.duplicated:
        problems.append("duplicates, though it kept its partitions")
    return Result.of(
        NUMBER,
        NAME,
        form,
        report,
        recovery_s=longest_silence(report.times, [slow]),
        story=f"no answer for {SLOW_S:g} s, max.poll.interval {POLL_INTERVAL_S} s; partitions"
        f" were assigned {assigned} time(s); drained with {status}",
        problems=problems,
    )
