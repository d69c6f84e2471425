"""4. Redis killed and restarted empty, slow, and full. Verdicts go on, uncached."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import redis

from tests.faults.checker import check
from tests.faults.lab import Lab
from tests.faults.outcome import longest_silence
from tests.faults.result import Result
from tests.faults.size import Size
from tests.faults.upload import make_uploads

NUMBER, NAME = 4, "Redis"
KILLED, SLOW, FULL = "killed, back empty", "slow", "full"
FORMS = (KILLED, SLOW, FULL)
SHORT_FORMS = (KILLED,)

RATE = 80.0

DELAY_S = 3.0
"""More than ``cache.timeout_s``."""


def run(lab: Lab, size: Size, form: str) -> Result:
    """The fault lasts for a while, more than once, and events keep coming."""
    rounds, seconds = size.pick(1, 3), size.pick(5, 10)
    uploads = make_uploads(2_000, seed=NUMBER)
    stream = lab.stream()
    worker = lab.worker(stream)
    worker.wait_ready()
    faults: list[float] = []
    with stream.publishing(uploads, RATE):
        for number in range(rounds):
            stream.wait_settled(200 + number * len(uploads) // (rounds + 1))
            faults.append(time.time())
            with FAULTS[form](lab):
                lab.say(f"Redis: {form}")
                time.sleep(seconds)
            lab.say("Redis: well")
    stream.wait_settled(len(uploads), 600)
    stream.wait_committed()
    metrics = worker.ask("/metrics") or ""
    status = worker.stop()
    report = check(stream)
    problems = []
    if [one.status for one in worker.exits] != [0]:
        problems.append(f"it ended with {[one.status for one in worker.exits]}")
    if report.duplicated:
        problems.append("duplicates, though nothing was redelivered")
    errors = sum(
        float(line.split()[-1])
        for line in metrics.splitlines()
        if line.startswith("ivy_cache_errors_total")
    )
    if not errors:
        problems.append("the cache never failed: this was no fault")
    return Result.of(
        NUMBER,
        NAME,
        form,
        report,
        recovery_s=longest_silence(report.times, faults),
        story=f"{rounds} times {seconds} s; {errors:.0f} cache calls failed; drained with {status}",
        problems=problems,
    )


@contextmanager
def _killed(lab: Lab) -> Iterator[None]:
    lab.redis.stop()
    yield
    lab.redis.start()


@contextmanager
def _slow(lab: Lab) -> Iterator[None]:
    lab.redis_way.delay_s = DELAY_S
    yield
    lab.redis_way.heal()


@contextmanager
def _full(lab: Lab) -> Iterator[None]:
    """Each write is refused, and what is there is still given out."""
    client = redis.Redis(port=lab.redis.port)
    client.config_set("maxmemory-policy", "noeviction")
    client.config_set("maxmemory", 1)
    yield
    client.config_set("maxmemory", 0)
    client.close()


FAULTS: dict[str, Callable[[Lab], AbstractContextManager[None]]] = {
    KILLED: _killed,
    SLOW: _slow,
    FULL: _full,
}
