"""12. The network between a worker and all brokers is cut, for longer than its session."""

from __future__ import annotations

import time

from tests.faults.checker import check
from tests.faults.lab import Lab
from tests.faults.outcome import longest_silence
from tests.faults.result import Result
from tests.faults.size import Size
from tests.faults.stream import Stream
from tests.faults.supervisor import Supervisor
from tests.faults.upload import make_uploads
from tests.faults.waiting import TookTooLong, wait_until

NUMBER, NAME = 12, "network cut"
FORMS = ("at_least_once", "transactional")
SHORT_FORMS = ("at_least_once",)

SESSION_MS = 6_000
AFTER_S = 10.0
"""For the zombie to say what it still has to say."""

KNOWS_WITHIN_S = 30.0


def run(lab: Lab, size: Size, form: str) -> Result:
    """A worker is cut off while it works; another takes over; then the first is back.

    What it had sent arrives after the heal. It may not move the group's position, for its epoch is
    over, and in a transaction none of it may be seen.
    """
    uploads = make_uploads(2_000, seed=NUMBER)
    stream = lab.stream()
    settings = (f"kafka.delivery={form}", f"kafka.consumer.session_timeout_ms={SESSION_MS}")
    zombie = lab.worker(stream, *settings, name="zombie", far=True)
    zombie.wait_ready()
    stream.publish(uploads[:1_200])
    stream.wait_settled(20)
    cut = time.time()
    lab.cluster.cut()
    at_the_cut = stream.settled()
    lab.say(f"the worker is cut off, with {at_the_cut} of 1200 events settled")
    other = lab.worker(stream, *settings, name="other")
    other.wait_ready()
    stream.wait_settled(min(at_the_cut + 100, 1_200))
    time.sleep(size.pick(0, 40))
    away_s = time.time() - cut
    before = stream.committed()
    lab.cluster.heal()
    lab.say(f"the network is healed, after {away_s:.0f} s")
    problems = _watch(stream, before)
    try:
        wait_until(
            lambda: _knows(zombie), KNOWS_WITHIN_S, "the worker cut off gave up what it held"
        )
    except TookTooLong as hangs:
        problems.append(str(hangs))
    stream.publish(uploads[1_200:])
    stream.wait_settled(len(uploads), 600)
    stream.wait_committed()
    lost = len(zombie.said("partitions_lost"))
    ends = [one.status for one in zombie.exits]
    for worker in (zombie, other):
        worker.wait_ready()  # one that ended may still be on its way back
    statuses = (zombie.stop(), other.stop())
    report = check(stream, transactional=form == "transactional")
    if at_the_cut == 1_200:
        problems.append("nothing was left to do at the cut: this was no fault")
    return Result.of(
        NUMBER,
        NAME,
        form,
        report,
        recovery_s=longest_silence(report.times, [cut]),
        story=f"cut for {away_s:.0f} s, session {SESSION_MS // 1000} s; the one cut off lost its"
        f" partitions {lost} time(s) and ended by itself {len(ends)} time(s) {ends or ''}; both"
        f" drained with {statuses}",
        problems=problems,
    )


def _knows(zombie: Supervisor) -> bool:
    """Whether it has seen that its partitions are another's, or has ended."""
    return bool(zombie.said("partitions_lost") or zombie.exits)


def _watch(stream: Stream, before: dict[int, int]) -> list[str]:
    """What the zombie does to what is committed, once it is heard again."""
    problems = []
    until = time.monotonic() + AFTER_S
    while time.monotonic() < until:
        now = stream.committed()
        if back := {p: (at, now.get(p)) for p, at in before.items() if now.get(p, 0) < at}:
            problems.append(f"what was committed went back: {back}")
        if skipped := stream.skipped():
            problems.append(f"committed without an outcome: {skipped[:3]}")
        before = now
        time.sleep(0.5)
    return problems
