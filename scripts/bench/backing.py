"""A real Kafka and a real Redis, for the rows that need them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.kafka_broker import KafkaBroker, running_broker
from tests.support.ports import free_port
from tests.support.redis_server import RedisServer
from worker.settings.settings import Settings
from worker.stream.kafka.config import KafkaConfig

MODEL = "tiny-artifacts"
"""For its prompt and recipe; the model itself is not asked in most rows."""

PARTITIONS = 4


@dataclass(frozen=True, slots=True)
class Backing:
    """What is up."""

    broker: KafkaBroker
    redis: RedisServer

    def settings(self, kafka: KafkaConfig, **sections: Any) -> Settings:
        """A worker's, as they are by default but for where things are and for ``sections``."""
        return Settings.model_validate(self.sections(kafka, **sections))

    def sections(self, kafka: KafkaConfig, **sections: Any) -> dict[str, Any]:
        """The same for another process, as JSON has it."""
        return {
            "kafka": kafka.model_dump(mode="json"),
            "cache": {"url": self.redis.url},
            "model": {"spec": MODEL},
            **sections,
        }

    def empty_redis(self) -> None:
        """Forget all answers."""
        self.redis.stop()
        self.redis.start()


@contextmanager
def backing(folder: Path) -> Iterator[Backing]:
    """Start both, and end both."""
    (folder / "kafka").mkdir()
    (folder / "redis").mkdir()
    redis = RedisServer(free_port(), folder / "redis")
    redis.start()
    try:
        with running_broker(folder / "kafka") as broker:
            yield Backing(broker, redis)
    finally:
        redis.stop()
