"""2. SIGKILL to the engine's process, in the worker's own vLLM."""

from __future__ import annotations

import os
import random
import signal
import time

from tests.faults.checker import check
from tests.faults.lab import Lab
from tests.faults.leash import descendants
from tests.faults.outcome import longest_silence
from tests.faults.result import Result
from tests.faults.size import Size
from tests.faults.upload import make_uploads

NUMBER, NAME = 2, "engine killed"
FORMS = ("at_least_once", "transactional")
SHORT_FORMS = ()

ENDS_WITHIN_S = 60.0


def run(lab: Lab, size: Size, form: str) -> Result:
    """The worker must end by itself, with 1, and its next life finish what it had begun."""
    kills = size.pick(1, 3)
    uploads = make_uploads(2_000, contents=60, seed=NUMBER)
    part = len(uploads) // (kills + 1)
    chance = random.Random(NUMBER)
    stream = lab.stream()
    worker = lab.worker(stream, f"kafka.delivery={form}", own_engine=True)
    killed: list[float] = []
    for number in range(kills):
        worker.wait_ready()
        # Suspects of the last kill are asked alone: a kill that meets one of them again is taken
        # for its doing, and there is no way to tell.
        stream.wait_settled(number * part, 300)
        before = stream.settled()
        stream.publish(uploads[number * part : (number + 1) * part])
        stream.wait_settled(before + chance.randrange(1, part // 2))
        assert worker.process is not None
        family = descendants(worker.process.pid)
        engine = next(pid for pid, line in family.items() if "vllm.child" in line)
        os.kill(engine, signal.SIGKILL)
        killed.append(time.time())
        worker.wait_exits(number + 1, ENDS_WITHIN_S)
        lab.say(f"kill {number + 1} of {kills}")
    stream.publish(uploads[kills * part :])
    stream.wait_settled(len(uploads), 600)
    stream.wait_committed()
    worker.stop()
    report = check(stream, transactional=form == "transactional")
    statuses = [one.status for one in worker.exits]
    problems = [] if statuses == [1] * kills + [0] else [f"it ended with {statuses}"]
    return Result.of(
        NUMBER,
        NAME,
        form,
        report,
        recovery_s=longest_silence(report.times, killed),
        story=f"{kills} kills; the worker ended with 1 each time, and loaded the model anew",
        problems=problems,
    )
