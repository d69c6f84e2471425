"""Records that kafka-python cannot read: found, named, and passed by.

A poll that meets such a batch raises an error that does not say where, and the next poll never
returns (3.0.11 to 3.0.12). So each partition's next batch is looked at by itself, as raw bytes.
What can be read of it is taken as if nothing had been; the rest becomes dead letters.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from kafka import KafkaConsumer, TopicPartition
from kafka.record.default_records import DefaultRecordBatch

from worker.domain.failure import Reason, Systemic
from worker.domain.record import Record
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.record_batch import Entry, RecordBatch, Unreadable

log = structlog.get_logger(__name__)

FETCH_TIMEOUT_S = 30.0
"""For the bytes of one partition: a fetch waits half a second at the broker where there are none.
"""

LARGEST_DELTA = 10_000_000
"""Offsets in one batch beyond which its header is not believed: no broker takes such a batch."""


@dataclass(frozen=True, slots=True)
class Damage:
    """A batch that made a poll raise."""

    partition: TopicPartition
    records: tuple[Record, ...]
    """In its place: what could be read, and what could not, as the log has it."""
    next_offset: int
    """Where reading goes on."""
    problem: str

    @property
    def where(self) -> str:
        """``topic[partition]@first..last``."""
        first = self.records[0].offset if self.records else self.next_offset
        return f"{self.partition.topic}[{self.partition.partition}]@{first}..{self.next_offset - 1}"


def tell_damage(config: KafkaConfig, damage: Damage, raised: str | None = None) -> None:
    """Log it. Raises ``Systemic`` that names it where the worker is to halt at damage."""
    log.error("corrupt_records", where=damage.where, problem=damage.problem, raised=raised)
    if config.consumer.on_corrupt_records == "halt":
        raise Systemic(
            Reason.CORRUPT_RECORDS,
            f"{damage.where}: {damage.problem}; kafka.consumer.on_corrupt_records is `halt`,"
            " `dead_letter` passes it by",
        )


def find_damage(
    config: KafkaConfig, positions: Mapping[TopicPartition, int], beat: Callable[[], None]
) -> Damage | None:
    """The first of the partitions whose next batch cannot be read; None if all can. Blocks.

    ``beat`` is called before each. Raises what kafka-python raises where the brokers are away.
    """
    for partition, position in positions.items():
        beat()
        fetched = _fetch(config, partition, position)
        if fetched is None:
            continue
        damage = examine(partition, position, *fetched)
        if damage is not None:
            return damage
    return None


def let_go(consumer: Any) -> None:
    """Have the consumer drop what it holds of the batch that it could not read.

    It would else come back to it for ever as soon as it stands at the same offset again: the next
    poll would not return.
    """
    fetcher: Any = consumer._fetcher  # noqa: SLF001 - there is no public way
    records = fetcher._next_partition_records  # noqa: SLF001
    if records is not None:
        records.drain()
        fetcher._next_partition_records = None  # noqa: SLF001


@dataclass(frozen=True, slots=True)
class Aborted:
    """A transaction that its producer gave up."""

    producer_id: int
    first_offset: int


def _fetch(
    config: KafkaConfig, partition: TopicPartition, position: int
) -> tuple[bytes, tuple[Aborted, ...]] | None:
    """The bytes at a position, as the broker sends them, by a consumer of their own."""
    consumer = KafkaConsumer(
        **config.client(),
        group_id=None,
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="none",
    )
    try:
        consumer.assign([partition])
        consumer.seek(partition, position)
        consumer.position(partition)  # asks for the partition's leader, if need be
        # There is no public way to the bytes: kafka-python keeps what came, not yet read, here.
        fetcher: Any = consumer._fetcher  # noqa: SLF001
        deadline = time.monotonic() + FETCH_TIMEOUT_S
        while time.monotonic() < deadline:
            fetcher.send_fetches()
            if fetcher._completed_fetches:  # noqa: SLF001
                found = fetcher._completed_fetches.popleft().partition_data  # noqa: SLF001
                if found.error_code == 0:
                    aborted = tuple(
                        Aborted(one.producer_id, one.first_offset)
                        for one in found.aborted_transactions or ()
                    )
                    return bytes(found.records or b""), aborted
            time.sleep(0.05)
        return None
    finally:
        consumer.close(autocommit=False)


def examine(
    partition: TopicPartition, position: int, data: bytes, aborted: tuple[Aborted, ...] = ()
) -> Damage | None:
    """The damage in the first batch with records from ``position`` on; None if it can be read.

    ``data`` is as a broker sends it: from the batch on that the position is in.
    """
    while data:
        try:
            batch = RecordBatch.first_of(data)
        except Unreadable as unreadable:
            problem = f"a record batch: {unreadable}"
            record = _damaged(partition, position, 1, data, problem)
            return Damage(partition, (record,), position + 1, problem)
        damage = _examine_batch(partition, position, batch, data, aborted)
        if damage is not None or _has_records(batch, position):
            return damage
        data = data[len(batch.data) :]
    return None


def _examine_batch(
    partition: TopicPartition,
    position: int,
    batch: RecordBatch,
    data: bytes,
    aborted: tuple[Aborted, ...],
) -> Damage | None:
    end = _end(position, batch, data)
    problem = batch.problem()
    if problem is not None:
        problem = f"a record batch: {problem}"
        record = _damaged(partition, position, end - position, batch.data, problem)
        return Damage(partition, (record,), end, problem)
    if _is_read_by_kafka_python(batch):
        return None
    problem = "a record batch: something in it is not as Kafka's format has it"
    if batch.is_control or _is_aborted(batch, aborted):
        return Damage(partition, (), end, problem)
    return Damage(partition, tuple(_salvaged(partition, position, end, batch)), end, problem)


def _has_records(batch: RecordBatch, position: int) -> bool:
    """Whether a batch of no damage has any from there on: compaction may have taken them."""
    return not batch.is_control and any(entry.offset >= position for entry in batch.entries())


def _is_read_by_kafka_python(batch: RecordBatch) -> bool:
    try:
        for _ in DefaultRecordBatch(batch.data):
            pass
    except Exception:  # noqa: BLE001 - this is the question
        return False
    return True


def _is_aborted(batch: RecordBatch, aborted: tuple[Aborted, ...]) -> bool:
    """The broker names only transactions that end after the position that was asked for."""
    return batch.is_transactional and any(
        one.producer_id == batch.producer_id and one.first_offset <= batch.base_offset
        for one in aborted
    )


def _end(position: int, batch: RecordBatch, data: bytes) -> int:
    """The first offset after the batch, always beyond the position.

    The next batch's word for it goes before that of a batch that may be broken in its header, too.
    Where neither can be, the next offset is tried.
    """
    believed = [batch.last_offset + 1]
    with contextlib.suppress(Unreadable):
        believed.insert(0, RecordBatch.first_of(data[len(batch.data) :]).base_offset)
    for end in believed:
        if position < end <= position + LARGEST_DELTA:
            return end
    return position + 1


def _salvaged(
    partition: TopicPartition, position: int, end: int, batch: RecordBatch
) -> Iterator[Record]:
    expected, seen = position, 0
    for entry in batch.entries():
        seen += 1
        if not expected <= entry.offset < end:
            continue  # from before our position, or with an offset that cannot be
        expected = entry.offset + 1
        yield _record(partition, entry)
    if seen < batch.count and expected < end:
        problem = "the rest of a record batch: its records end before their stated number"
        yield _damaged(partition, expected, end - expected, batch.data, problem)


def _record(partition: TopicPartition, entry: Entry) -> Record:
    if entry.problem is not None:
        return _damaged(partition, entry.offset, 1, entry.raw, f"a record: {entry.problem}")
    return Record(
        topic=partition.topic,
        partition=partition.partition,
        offset=entry.offset,
        value=entry.value,
        key=entry.key,
        headers=entry.headers,
        timestamp_ms=entry.timestamp_ms if entry.timestamp_ms >= 0 else None,
    )


def _damaged(
    partition: TopicPartition, offset: int, span: int, data: bytes, problem: str
) -> Record:
    return Record(
        topic=partition.topic,
        partition=partition.partition,
        offset=offset,
        value=data,
        damage=problem,
        span=span,
    )
