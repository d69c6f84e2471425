"""A topic from where its reader is to begin to where it ended when the reader asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError, RetriableError

from worker.domain.failure import Reason, Systemic
from worker.domain.record import Record
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.consumer import as_record
from worker.stream.kafka.damage import find_damage
from worker.stream.kafka.offsets import as_kafka
from worker.stream.kafka.topics import find_partitions, unreachable
from worker.stream.ledger import Partition

POLL_MS = 500
"""Longest wait in one poll, and so for a stop to be seen."""

POLL_RECORDS = 100
"""Records held at once. A fetch brings a megabyte or one record; unpacked it may be more."""

RETRY_PAUSE_S = 0.5
"""After an error that Kafka says to try again."""

FIND_TIMEOUT_MS = 5_000
"""For a topic to be known: somebody waits at a terminal."""

CLOSE_TIMEOUT_MS = 5_000


@dataclass(frozen=True, slots=True)
class Span:
    """What is to be read of one partition: from ``start``, up to and without ``end``."""

    partition: int
    start: int
    end: int

    @property
    def offsets(self) -> int:
        """How many offsets that is. There may be fewer records: transactions use offsets, too."""
        return max(0, self.end - self.start)


class TopicReader:
    """Reads by assignment: joins no group, moves nobody's partitions. A context manager.

    Only committed records are read. One partition after the other, so that an error has a place,
    and no more than one fetch is in memory. ``group`` is for ``committed()`` and ``commit()`` only.
    """

    def __init__(
        self, config: KafkaConfig, topic: str, setting: str, *, group: str | None = None
    ) -> None:
        self._config = config
        self.topic = topic
        self._setting = setting
        self._group = group
        self._consumer: Any = None
        self._numbers: list[int] = []

    def __enter__(self) -> Self:
        """Connect. Raises ``Systemic`` if the broker is away or the topic is missing."""
        self._consumer = self._connect()
        try:
            self._numbers = sorted(
                find_partitions(self._consumer, self.topic, self._setting, FIND_TIMEOUT_MS)
            )
        except BaseException:
            self._close()
            raise
        return self

    def _connect(self) -> Any:
        try:
            return KafkaConsumer(
                **self._config.client(),
                group_id=self._group,
                enable_auto_commit=False,
                # Where retention took what was about to be read, the rest is read.
                auto_offset_reset="earliest",
                # A letter of a transaction that came to nothing comes again from its worker.
                isolation_level="read_committed",
                max_poll_records=POLL_RECORDS,
            )
        except Exception as error:
            # kafka-python raises its own errors here, and OSError for files and names.
            raise unreachable(self._config, error) from error

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def _close(self) -> None:
        with suppress(KafkaError):  # what was to be told is told already
            self._consumer.close(autocommit=False, timeout_ms=CLOSE_TIMEOUT_MS)

    def spans(
        self, *, partition: int | None = None, since: datetime | None = None
    ) -> tuple[Span, ...]:
        """What there is now, by partition. Raises ``Systemic``.

        ``since`` leaves out what the topic's own index of timestamps says is older.
        """
        if partition is not None and partition not in self._numbers:
            raise self._failed(
                f"there is no partition {partition} in {self.topic!r} ({self._setting}); it has"
                f" {len(self._numbers)}"
            )
        numbers = self._numbers if partition is None else [partition]
        wanted = [TopicPartition(self.topic, number) for number in numbers]
        try:
            ends = self._consumer.end_offsets(wanted)
            begins = dict(self._consumer.beginning_offsets(wanted))
            if since is not None:
                begins |= self._since(wanted, since, ends)
        except KafkaError as error:
            raise self._failed(
                f"where {self.topic!r} ({self._setting}) begins and ends is not to be found out:"
                f" {type(error).__name__}"
            ) from error
        return tuple(Span(tp.partition, min(begins[tp], ends[tp]), ends[tp]) for tp in wanted)

    def _since(
        self, wanted: list[TopicPartition], since: datetime, ends: Mapping[TopicPartition, int]
    ) -> dict[TopicPartition, int]:
        from_ms = max(0, int(since.timestamp() * 1000))
        found = self._consumer.offsets_for_times(dict.fromkeys(wanted, from_ms))
        # None where every record is older.
        return {
            tp: ends[tp] if found.get(tp) is None or found[tp].offset < 0 else found[tp].offset
            for tp in wanted
        }

    def read(
        self, spans: Iterable[Span], *, stopped: Callable[[], bool] = lambda: False
    ) -> Iterator[Record]:
        """The records of all spans, until ``stopped`` says so. Raises ``Systemic``.

        For a batch that no client can read there is a record whose ``damage`` says so.
        """
        for span in spans:
            if span.offsets and not stopped():
                yield from self._read(span, stopped)

    def _read(self, span: Span, stopped: Callable[[], bool]) -> Iterator[Record]:
        place = TopicPartition(self.topic, span.partition)
        self._go_to(place, span.start)
        at = span.start
        moved = time.monotonic()
        while at < span.end and not stopped():
            records, position = self._poll(place, at)
            for record in records:
                if record.offset >= span.end:
                    return
                yield record
            now = time.monotonic()
            if position is not None and position > at:
                at, moved = position, now
            elif (now - moved) * 1000 > self._config.connect_timeout_ms:
                raise self._failed(
                    f"{self.topic}[{span.partition}]@{at} does not come; is its leader away?"
                )

    def _go_to(self, place: TopicPartition, offset: int) -> None:
        self._consumer.assign([place])
        self._consumer.seek(place, offset)

    def _poll(self, place: TopicPartition, at: int) -> tuple[Iterable[Record], int | None]:
        """What comes next, and where reading goes on after it."""
        try:
            polled = self._consumer.poll(timeout_ms=POLL_MS)
            # Also past what is no record: the marks of transactions, what compaction took.
            position = self._consumer.position(place, timeout_ms=POLL_MS)
        except RetriableError:
            time.sleep(RETRY_PAUSE_S)
            return (), None
        except Exception as error:  # noqa: BLE001 - a batch that is none may raise anything
            return self._pass_by(place, at, error)
        return (as_record(record) for record in polled.get(place, ())), position

    def _pass_by(
        self, place: TopicPartition, at: int, error: Exception
    ) -> tuple[Iterable[Record], int | None]:
        """What can be read of a batch that made a poll raise: the next one would never return."""
        where = f"{place.topic}[{place.partition}]@{at}"
        try:
            damage = find_damage(self._config, {place: at}, lambda: None)
        except KafkaError as again:
            raise self._failed(f"{where} cannot be read: {type(again).__name__}") from again
        if damage is None:
            raise self._failed(f"{where} cannot be read: {type(error).__name__}") from error
        self._close()
        self._consumer = self._connect()
        self._go_to(place, damage.next_offset)
        return damage.records, damage.next_offset

    def record_at(self, partition: int, offset: int) -> Record | None:
        """The record at a place; None where there is none, or no more. Raises ``Systemic``."""
        if partition not in self._numbers:
            return None
        (span,) = self.spans(partition=partition)
        if not span.start <= offset < span.end:
            return None
        for record in self.read([Span(partition, offset, offset + 1)]):
            if record.offset == offset and record.damage is None:
                return record
        return None

    def committed(self, partition: int) -> int | None:
        """Where the group goes on; None where it has not been. Raises ``Systemic``."""
        try:
            offset: int | None = self._consumer.committed(
                TopicPartition(self.topic, partition),
                timeout_ms=self._config.connect_timeout_ms,
            )
        except KafkaError as error:
            raise self._failed(
                f"how far group {self._group!r} (--group) came is not to be found out:"
                f" {type(error).__name__}"
            ) from error
        return offset

    def commit(self, offsets: Mapping[int, int]) -> None:
        """Note for the group where to go on, by partition. Raises ``Systemic``."""
        places = {Partition(self.topic, number): offset for number, offset in offsets.items()}
        try:
            self._consumer.commit(as_kafka(places), timeout_ms=self._config.connect_timeout_ms)
        except KafkaError as error:
            raise self._failed(
                f"group {self._group!r} (--group) takes no commit: {type(error).__name__}. Is it in"
                " use by a consumer? A replay needs a group of its own"
            ) from error

    @staticmethod
    def _failed(detail: str) -> Systemic:
        return Systemic(Reason.STREAM_FAILED, detail)
