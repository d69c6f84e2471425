"""What a person asked a run to be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worker.domain.lane import Lane
from worker.stream.kafka.config import KafkaConfig
from worker.stress.expectation import Expectation
from worker.stress.outcome import Run
from worker.stress.schedule import Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """All of it."""

    kafka: KafkaConfig
    run: Run
    schedule: Schedule
    lane: Lane
    clip_share: float
    duplicates: float
    timeout_s: float
    """Seconds that an upload has for its outcome."""
    folder: Path | None = None
    serve: str | None = None
    """Where media are served from here: ``host:port``."""
    prefix: str | None = None
    """Where workers find the media; None for media inside the events."""
    largest: int | None = None
    """Bytes of media inside an event."""
    expectations: tuple[Expectation, ...] = ()

    @property
    def topic(self) -> tuple[str, str]:
        """Where uploads go, and the setting that names it."""
        topics = self.kafka.topics
        if self.lane is Lane.BACKFILL:
            assert topics.backfill is not None, "told before a run begins"
            return topics.backfill, "kafka.topics.backfill"
        return topics.uploads, "kafka.topics.uploads"

    def as_json(self) -> dict[str, Any]:
        """Without secrets: what is in it was typed, or names a topic."""
        schedule = self.schedule
        return {
            "rate": schedule.rate,
            "duration_s": schedule.duration_s,
            "ramp_s": schedule.ramp_s,
            "arrivals": schedule.arrivals.value,
            "seed": schedule.seed,
            "clip_share": None if self.folder else self.clip_share,
            "duplicates": self.duplicates,
            "media": "inline" if self.prefix is None else "url",
            "prefix": self.prefix,
            "own_files": self.folder is not None,
            "tenant": self.run.tenant,
            "lane": self.lane.value,
            "timeout_s": self.timeout_s,
            "kafka": {
                "bootstrap_servers": list(self.kafka.bootstrap_servers),
                "topic": self.topic[0],
                "verdicts": self.kafka.topics.verdicts,
                "dead_letters": self.kafka.topics.dead_letters,
                "retries": [topic.name for topic in self.kafka.topics.retries],
                "group_id": self.kafka.consumer.group_id,
            },
        }
