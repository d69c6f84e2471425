"""How far the workers' group is behind, by the brokers' own word."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.topics import unreachable

LOOK_EVERY_S = 2.0
"""As often as a person wants to know; a worker commits each second."""

ASK_MS = 5_000

CLOSE_TIMEOUT_MS = 5_000

JOIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Lag:
    """Records of a topic that the group has not committed."""

    records: int | None
    """None where it could not be found out."""
    unknown_because: str | None = None
    committed: bool = True
    """Whether the group has committed anything in the topic."""


class LagGauge:
    """Asks again and again, in a thread of its own; joins no group. A context manager.

    Needs DESCRIBE on the group; without it the run goes on, and the lag is not known.
    """

    def __init__(self, config: KafkaConfig, topic: str) -> None:
        self._config = config
        self._topic = topic
        self._consumer: Any = None
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._look, name="stress-lag", daemon=True)
        self.at_start = self.last = Lag(None, "not asked yet")
        self.highest = 0

    def __enter__(self) -> Self:
        """Connect, and look once. Raises ``Systemic`` where no broker lets us in."""
        try:
            self._consumer = KafkaConsumer(
                **self._config.client(),
                group_id=self._config.consumer.group_id,
                enable_auto_commit=False,
            )
        except Exception as error:
            # kafka-python raises its own errors here, and OSError for files and names.
            raise unreachable(self._config, error) from error
        self.at_start = self.last = self._ask()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> Lag:
        """Look a last time; what it was then. A second call does nothing."""
        if self._ending.is_set():
            return self.last
        self._ending.set()
        self._thread.join(JOIN_S)
        if not self._thread.is_alive():
            self._note(self._ask())
            with suppress(KafkaError):
                self._consumer.close(autocommit=False, timeout_ms=CLOSE_TIMEOUT_MS)
        return self.last

    def _look(self) -> None:
        while not self._ending.wait(LOOK_EVERY_S):
            self._note(self._ask())

    def _note(self, lag: Lag) -> None:
        self.last = lag
        self.highest = max(self.highest, lag.records or 0)

    def _ask(self) -> Lag:
        try:
            numbers = self._consumer.partitions_for_topic(self._topic) or ()
            places = [TopicPartition(self._topic, number) for number in numbers]
            ends = self._consumer.end_offsets(places)
            begins = self._consumer.beginning_offsets(places)
            at = {place: self._consumer.committed(place, timeout_ms=ASK_MS) for place in places}
        except KafkaError as error:
            return Lag(None, type(error).__name__)
        records = sum(
            max(0, ends[place] - (begins[place] if offset is None else offset))
            for place, offset in at.items()
        )
        return Lag(records, committed=any(offset is not None for offset in at.values()))
