"""Reads what workers publish, from where the topics ended before the first upload was sent."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Any, Self

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError, RetriableError

from worker.domain.failure import Reason, Systemic
from worker.domain.record import Record
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.consumer import as_record
from worker.stream.kafka.topics import find_partitions, unreachable
from worker.stress.measures import Measures
from worker.stress.outcome import Run, reason_of

POLL_MS = 100
"""Longest wait in one poll, and so for an end to be seen; a record ends the wait at once."""

POLL_RECORDS = 1_000
"""Records held at once."""

FIND_TIMEOUT_MS = 5_000

RETRY_PAUSE_S = 0.5
"""After an error that Kafka says to try again."""

CLOSE_TIMEOUT_MS = 5_000

JOIN_S = 10.0


class Watch:
    """Reads verdicts, dead letters and retry topics, in a thread. A context manager.

    Joins no group. Only committed records count: a transaction that came to nothing gave no
    verdict. Records of others are passed by.
    """

    def __init__(self, config: KafkaConfig, run: Run, measures: Measures) -> None:
        self._config = config
        self._run = run
        self._measures = measures
        topics = config.topics
        self._retries = frozenset(topic.name for topic in topics.retries)
        self._consumer: Any = None
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._read, name="stress-outcomes", daemon=True)
        self._failure: Exception | None = None

    def __enter__(self) -> Self:
        """Note where the topics end, and begin to read. Raises ``Systemic``."""
        try:
            self._consumer = KafkaConsumer(
                **self._config.client(),
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                isolation_level="read_committed",
                max_poll_records=POLL_RECORDS,
            )
        except Exception as error:
            # kafka-python raises its own errors here, and OSError for files and names.
            raise unreachable(self._config, error) from error
        try:
            self._go_to_ends()
        except BaseException as error:
            self._consumer.close(autocommit=False)
            if isinstance(error, KafkaError):
                raise unreachable(self._config, error) from error
            raise
        self._thread.start()
        return self

    def _go_to_ends(self) -> None:
        topics = self._config.topics
        places = [
            TopicPartition(topic, number)
            for setting, topic in topics.all()
            if setting in {"verdicts", "dead_letters", "retries"}
            for number in sorted(
                find_partitions(self._consumer, topic, f"kafka.topics.{setting}", FIND_TIMEOUT_MS)
            )
        ]
        self._consumer.assign(places)
        for place, offset in self._consumer.end_offsets(places).items():
            self._consumer.seek(place, offset)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ending.set()
        self._thread.join(JOIN_S)

    def check(self) -> None:
        """Raises ``Systemic`` if reading came to an end."""
        if self._failure is not None:
            raise Systemic(
                Reason.STREAM_FAILED,
                f"what workers publish cannot be read any more: {type(self._failure).__name__}",
            ) from self._failure

    def _read(self) -> None:
        try:
            while not self._ending.is_set():
                self._poll()
        except Exception as error:  # noqa: BLE001 - told by check(), in the thread that waits
            self._failure = error
        finally:
            self._consumer.close(autocommit=False, timeout_ms=CLOSE_TIMEOUT_MS)

    def _poll(self) -> None:
        try:
            polled = self._consumer.poll(timeout_ms=POLL_MS)
        except RetriableError:
            time.sleep(RETRY_PAUSE_S)
            return
        now = time.monotonic()
        for records in polled.values():
            for record in records:
                self._take(as_record(record), now)

    def _take(self, record: Record, now: float) -> None:
        number = self._run.number_of(record)
        if number is None:
            return
        if record.topic == self._config.topics.verdicts:
            self._measures.verdict(number, self._run.verdict(record), now)
        elif record.topic in self._retries:
            self._measures.retried(number)
        else:
            self._measures.dead_letter(number, reason_of(record), now)
