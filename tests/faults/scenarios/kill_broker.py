"""3. Brokers killed: a leader, again and again, and the whole cluster for a while."""

from __future__ import annotations

import time

from tests.faults.checker import check
from tests.faults.lab import Lab
from tests.faults.outcome import longest_silence
from tests.faults.result import Result
from tests.faults.size import Size
from tests.faults.stream import Stream
from tests.faults.upload import make_uploads

NUMBER, NAME = 3, "brokers killed"
LEADER, LEADER_TRANSACTIONAL, WHOLE = "leader", "leader, transactional", "whole cluster"
WHOLE_TRANSACTIONAL = "whole cluster, transactional"
FORMS = (LEADER, LEADER_TRANSACTIONAL, WHOLE, WHOLE_TRANSACTIONAL)
SHORT_FORMS = (LEADER,)

LEADER_AWAY_S = 15.0
"""The controller takes a broker for dead after 9 s (broker.session.timeout.ms)."""

RATE = 40.0
"""Events in a second: some come before, during and after each fault."""


def run(lab: Lab, size: Size, form: str) -> Result:
    """Events keep being published, as far as the brokers let them."""
    transactional = form.endswith("transactional")
    delivery = "transactional" if transactional else "at_least_once"
    uploads = make_uploads(size.pick(2_000, 4_000), seed=NUMBER)
    stream = lab.stream()
    worker = lab.worker(stream, f"kafka.delivery={delivery}")
    worker.wait_ready()
    with stream.publishing(uploads, RATE):
        stream.wait_settled(100)
        if form.startswith("whole"):
            faults = [_whole_cluster_away(lab, size.pick(20, 60))]
        else:
            faults = [_leader_away(lab, stream, one) for one in range(size.pick(1, 3))]
    stream.wait_settled(len(uploads), 600)
    stream.wait_committed(120)
    status = worker.stop()
    report = check(stream, transactional=transactional)
    ends = [one.status for one in worker.exits[:-1]]
    return Result.of(
        NUMBER,
        NAME,
        form,
        report,
        recovery_s=longest_silence(report.times, faults),
        story=f"{len(faults)} time(s); the worker ended by itself {len(ends)} time(s) {ends or ''};"
        f" then drained with {status}",
    )


def _leader_away(lab: Lab, stream: Stream, partition: int) -> float:
    """Kill the leader of a partition, and bring it back. When it was killed."""
    leader = lab.cluster.leader(stream.uploads, partition)
    killed = time.time()
    leader.kill()
    lab.say(f"broker {leader.number} killed")
    time.sleep(LEADER_AWAY_S)
    leader.start()
    lab.cluster.wait_whole()
    lab.say(f"broker {leader.number} is back")
    return killed


def _whole_cluster_away(lab: Lab, seconds: float) -> float:
    """Kill all, and bring them back. When their processes were started again."""
    for broker in lab.cluster.brokers:
        broker.kill()
    lab.say(f"all brokers killed, for {seconds:g} s")
    time.sleep(seconds)
    for broker in lab.cluster.brokers:
        broker.start()
    started = time.time()
    lab.cluster.wait_whole()
    lab.say("all brokers are back")
    return started
