"""The platform's side of the demo: it publishes uploads and reads what the worker makes of them."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from worker.domain.verdict import VerdictEvent

POLL_MS = 200
"""How long one poll waits: short, so that the end of the demo is prompt."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A dead letter, as its headers tell it."""

    event_id: str
    reason: str
    detail: str


Outcome = VerdictEvent | Rejection


class Uploader:
    """Publishes upload events."""

    def __init__(self, client: dict[str, Any], topic: str) -> None:
        self._producer = KafkaProducer(**client, acks="all", linger_ms=5)
        self._topic = topic

    async def publish(self, events: Sequence[dict[str, Any]]) -> None:
        """Return once the broker has them all."""
        await asyncio.to_thread(self._publish, events)

    def _publish(self, events: Sequence[dict[str, Any]]) -> None:
        sent = [
            self._producer.send(
                self._topic, json.dumps(event).encode(), key=event["content_id"].encode()
            )
            for event in events
        ]
        for future in sent:
            future.get(timeout=30)

    def close(self) -> None:
        """Disconnect."""
        self._producer.close(timeout=5)


class OutcomeReader:
    """Reads verdicts and dead letters from the beginning, in a thread of its own."""

    def __init__(
        self, client: dict[str, Any], *, verdicts: str, dead_letters: str, partitions: int
    ) -> None:
        self._client = client
        self._topics = (verdicts, dead_letters)
        self._verdicts = verdicts
        self._partitions = partitions
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, came: Callable[[Outcome], None]) -> None:
        """Call ``came`` in the running event loop for each outcome."""
        loop = asyncio.get_running_loop()
        self._thread = threading.Thread(
            target=self._read, args=(loop, came), name="demo-outcomes", daemon=True
        )
        self._thread.start()

    def _read(self, loop: asyncio.AbstractEventLoop, came: Callable[[Outcome], None]) -> None:
        consumer = KafkaConsumer(
            **self._client, group_id=None, auto_offset_reset="earliest", enable_auto_commit=False
        )
        consumer.assign(
            [TopicPartition(topic, n) for topic in self._topics for n in range(self._partitions)]
        )
        try:
            while not self._ending.is_set():
                for records in consumer.poll(timeout_ms=POLL_MS).values():
                    for record in records:
                        outcome = self._outcome(record)
                        if not self._ending.is_set():
                            loop.call_soon_threadsafe(came, outcome)
        finally:
            consumer.close()

    def _outcome(self, record: Any) -> Outcome:
        if record.topic == self._verdicts:
            return VerdictEvent.model_validate_json(record.value)
        told = {name: value.decode() for name, value in record.headers}
        return Rejection(
            event_id=told.get("ivy-dlq-event-id", ""),
            reason=told["ivy-dlq-reason"],
            detail=told["ivy-dlq-detail"],
        )

    async def close(self) -> None:
        """Stop reading."""
        self._ending.set()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, 10)
