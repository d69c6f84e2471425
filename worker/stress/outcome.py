"""What workers publish about uploads of a run, as far as it matters here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from worker.dead_letters.letter import read_letter
from worker.domain.dead_letter import STORY_PREFIX
from worker.domain.failure import Poison
from worker.domain.record import Record
from worker.events import cloudevents
from worker.events.cloudevents import load_json


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of a verdict event what counts."""

    event_id: str
    verdict_id: str
    cached: bool
    true_to_upload: bool
    """Whether it brings back what the upload carried: tenant, content id, the run's name."""
    timings_ms: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """A run's name, by which its events are known in a topic that others write to, too."""

    name: str
    tenant: str

    def id_of(self, number: int) -> str:
        """Both event id and content id: each upload is a post of its own."""
        return f"{self.name}-{number}"

    def number_of(self, record: Record) -> int | None:
        """The upload that a record is about, by its key; None where it is of no run or another.

        A letter that was too large for its topic has no key, but tells the event. -1 where it
        begins as ours do, and goes on as none does.
        """
        key, begin = record.key or record.header(LETTERS_EVENT), self.name.encode() + b"-"
        if key is None or not key.startswith(begin):
            return None
        tail = key[len(begin) :]
        return int(tail) if tail.isdigit() and len(tail) <= MAX_DIGITS else -1

    def verdict(self, record: Record) -> Verdict | None:
        """None where it cannot be read as one."""
        try:
            event = cloudevents.read(record)
            data = load_json(record.value) if event is None else event.data
        except Poison:
            return None
        return self._read(data, record) if isinstance(data, dict) else None

    def _read(self, data: dict[str, Any], record: Record) -> Verdict:
        cache, timings = data.get("cache"), data.get("timings_ms")
        event_id = str(data.get("event_id"))
        context = data.get("context")
        kept = isinstance(context, dict) and context.get(CONTEXT) == self.name
        shortened = "context" in (data.get("truncated") or ())
        return Verdict(
            event_id=event_id,
            verdict_id=str(data.get("verdict_id")),
            cached=isinstance(cache, dict) and cache.get("cached") is True,
            true_to_upload=(
                data.get("tenant") == self.tenant
                and data.get("content_id") == event_id
                and event_id.encode() == record.key
                and (kept or shortened)
            ),
            timings_ms={
                name: float(value)
                for name, value in (timings.items() if isinstance(timings, dict) else ())
                if isinstance(value, int | float)
            },
        )


def reason_of(record: Record) -> str:
    """Why an upload became a dead letter, as the letter tells it."""
    letter = read_letter(record)
    return "unknown" if letter is None else letter.reason_text[:MAX_REASON]


CONTEXT = "stress"
"""The entry of an upload's context that has the run's name."""

LETTERS_EVENT = f"{STORY_PREFIX}event-id"
"""The header of a dead letter that names its event."""

MAX_DIGITS = 15
"""Of a number: more are none of ours."""

MAX_REASON = 40
"""Characters: the longest reason of ours has 19."""
