"""A dead-letter topic of a real Kafka, filled by the real codec."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from kafka import KafkaAdminClient, KafkaProducer

from worker.domain.record import Message, Record

START_MS = 1_760_000_000_000
"""Of timestamps that a test chooses: some day in 2025."""


def publish(
    bootstrap: str,
    topic: str,
    messages: Iterable[Message],
    *,
    partition: int = 0,
    timestamps_ms: Iterable[int] | None = None,
    **options: Any,
) -> None:
    """Return once the broker has all messages, in order, in one partition."""
    producer = KafkaProducer(
        bootstrap_servers=bootstrap, acks="all", linger_ms=20, max_request_size=2**24, **options
    )
    times = iter(timestamps_ms or ())
    sent = [
        producer.send(
            topic,
            b"" if message.value is None and message.key is None else message.value,
            key=message.key,
            headers=list(message.headers),
            partition=partition,
            timestamp_ms=next(times, None),
        )
        for message in messages
    ]
    for future in sent:
        future.get(timeout=30)
    producer.close()


class NoUtf8(str):
    """A header's name that the broker takes, and kafka-python cannot read."""

    __slots__ = ()

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        """As the producer asks for it."""
        return b"\xff"


def break_batch(bootstrap: str, topic: str, *, number: int) -> None:
    """Turn the last byte of a batch in partition 0's log, so that its checksum is wrong."""
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    (broker,) = admin.describe_log_dirs({topic: [0]})
    admin.close()
    (folder,) = (found["log_dir"] for found in broker["log_dirs"] if found["topics"])
    log = Path(folder) / f"{topic}-0" / f"{0:020}.log"
    data = bytearray(log.read_bytes())
    end = 0
    for _ in range(number + 1):
        end += 12 + int.from_bytes(data[end + 8 : end + 12])  # base offset, length, and the rest
    with log.open("r+b") as file:
        file.seek(end - 1)
        file.write(bytes([data[end - 1] ^ 0xFF]))


def as_records(found: list[Any]) -> list[Record]:
    """What ``KafkaBroker.read_all`` gives, as ours, by partition and offset."""
    records = [
        Record(
            one.topic,
            one.partition,
            one.offset,
            one.value,
            one.key,
            tuple(one.headers),
            one.timestamp,
        )
        for one in found
    ]
    return sorted(records, key=lambda record: (record.partition, record.offset))
