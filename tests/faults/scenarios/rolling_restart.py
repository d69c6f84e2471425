"""5. Three workers restarted one after the other, by each way of sharing out partitions."""

from __future__ import annotations

import time
from collections import defaultdict

from tests.faults.checker import check
from tests.faults.lab import Lab
from tests.faults.result import Result
from tests.faults.size import Size
from tests.faults.stream import Stream
from tests.faults.supervisor import Supervisor
from tests.faults.upload import make_uploads

NUMBER, NAME = 5, "rolling restart"
EAGER, COOPERATIVE, STATIC = "eager", "cooperative", "static"
FORMS = (EAGER, COOPERATIVE, STATIC)
SHORT_FORMS = ()

WORKERS = 3
RATE = 30.0

STATIC_SESSION_MS = 60_000
"""More than a restart takes on a slow machine: no partition moves."""

SETTLE_S = 5.0


def run(lab: Lab, size: Size, form: str) -> Result:
    """Events keep coming. Counted: partitions revoked, and the longest pause of any of them."""
    uploads = make_uploads(size.pick(2_000, 4_000), seed=NUMBER, poison=False)
    stream = lab.stream()
    workers = [
        lab.worker(stream, *_membership(form, number), name=f"worker-{number}")
        for number in range(WORKERS)
    ]
    for worker in workers:
        worker.wait_ready()
    time.sleep(SETTLE_S)
    revoked, moved = _revoked(workers), _moved(workers)
    with stream.publishing(uploads, RATE):
        stream.wait_settled(100)
        for number, worker in enumerate(workers):
            worker.terminate()
            worker.wait_exits(1)
            worker.wait_ready()
            lab.say(f"worker {number + 1} of {WORKERS} is back")
            time.sleep(SETTLE_S)
        revoked, moved = _revoked(workers) - revoked, _moved(workers) - moved
    stream.wait_settled(len(uploads), 600)
    stream.wait_committed()
    statuses = [status for worker in workers for status in _statuses(worker)]
    report = check(stream)
    problems = [] if not any(statuses) else [f"they ended with {statuses}"]
    if report.duplicated and not moved:
        # What a worker that goes on has in hand when its partition moves is done by both.
        problems.append("duplicates, though every worker drained and no partition moved")
    if form == STATIC and moved:
        problems.append(f"{moved} partitions moved, though all members are static")
    pause_s = _longest_pause(stream)
    return Result.of(
        NUMBER,
        NAME,
        form,
        report,
        recovery_s=pause_s,
        story=f"{WORKERS} restarts; {revoked} partitions given up, {moved} went to another worker;"
        f" none stood still for more than {pause_s:.1f} s",
        problems=problems,
    )


def _membership(form: str, number: int) -> list[str]:
    if form == EAGER:
        return ["kafka.consumer.partition_assignment_strategy=range"]
    if form == STATIC:
        return [
            f"kafka.consumer.group_instance_id=worker-{number}",
            f"kafka.consumer.session_timeout_ms={STATIC_SESSION_MS}",
        ]
    return []


def _revoked(workers: list[Supervisor]) -> int:
    return sum(
        len(line["partitions"])
        for worker in workers
        for event in ("partitions_revoked", "partitions_lost")
        for line in worker.said(event)
    )


def _moved(workers: list[Supervisor]) -> int:
    """How often a partition came to another worker than the one that had it last."""
    taken = sorted(
        (line["timestamp"], number, partition)
        for number, worker in enumerate(workers)
        for line in worker.said("partitions_assigned")
        for partition in line["partitions"]
    )
    owners: dict[str, int] = {}
    moves = 0
    for _, number, partition in taken:
        moves += owners.get(partition, number) != number
        owners[partition] = number
    return moves


def _statuses(worker: Supervisor) -> list[int]:
    worker.stop()
    return [one.status for one in worker.exits]


def _longest_pause(stream: Stream) -> float:
    """Between two outcomes of one partition's events, which come all the time."""
    partition_of = {upload.event_id: at[0] for at, upload in stream.published.items()}
    times: dict[int, list[float]] = defaultdict(list)
    for outcome in stream.outcomes():
        event_id = stream.event_of(outcome)
        if event_id in partition_of:
            times[partition_of[event_id]].append(outcome.at)
    pauses = [
        after - before
        for moments in times.values()
        for before, after in zip(sorted(moments), sorted(moments)[1:], strict=False)
    ]
    return max(pauses, default=0.0)
