"""Results of a scan for a program."""

from __future__ import annotations

import json

from worker.domain.dead_letter import DeadLetter
from worker.scan.scanner import Outcome
from worker.scan.targets import Target


def as_json_line(target: Target, outcome: Outcome) -> str:
    """One JSON object: the verdict event with the target's name, or what went wrong.

    In ASCII: it may go to a terminal, and what is in it may be a stranger's.
    """
    if isinstance(outcome, DeadLetter):
        failure = {"reason": outcome.reason.value, "detail": outcome.detail}
        return json.dumps({"target": target.name, "failure": failure})
    verdict = outcome.model_dump(mode="json")
    return json.dumps({"target": target.name, **verdict})
