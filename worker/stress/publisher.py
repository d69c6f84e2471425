"""Sends uploads when they are due, whether or not anything comes back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from kafka.errors import KafkaError

from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.producer import connect_producer
from worker.stream.kafka.topics import find_partitions
from worker.stress.events import Prepared
from worker.stress.measures import Measures

FIND_TIMEOUT_MS = 5_000
"""For the topic to be known: somebody waits at a terminal."""

NAP_S = 0.2
"""How long a stop may go unseen."""

BLOCK_MS = 2_000
"""For room in the producer. What waits for longer counts as refused, and the schedule goes on: it
is the brokers that do not keep up."""

CLOSE_TIMEOUT_S = 5.0


class UploadPublisher:
    """An idempotent producer with acks=all, as a platform has it. A context manager.

    One that falls behind its schedule sends without a pause until it has caught up: no upload is
    left out, and the time that it was late counts as the upload's.
    """

    def __init__(self, config: KafkaConfig, topic: str, setting: str, measures: Measures) -> None:
        self._config = config
        self._topic = topic
        self._setting = setting
        self._measures = measures
        self._producer: Any = None

    def __enter__(self) -> Self:
        """Connect. Raises ``Systemic`` if the brokers or the topic are away."""
        self._producer = connect_producer(self._config, max_block_ms=BLOCK_MS)
        try:
            find_partitions(self._producer, self._topic, self._setting, FIND_TIMEOUT_MS)
        except BaseException:
            self._producer.close(timeout=0)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(KafkaError):  # what was not acknowledged is counted already
            self._producer.close(timeout=CLOSE_TIMEOUT_S if kind is None else 0)

    def publish(
        self, times: Iterable[float], events: Iterable[Prepared], stopped: Callable[[], bool]
    ) -> None:
        """Send an event at each of ``times``, seconds from now, until ``stopped`` says so."""
        began = time.monotonic()
        self._measures.begin(began)
        # The event is made before it is due: what takes time then delays nothing.
        for event, after in zip(events, times, strict=False):
            due = began + after
            if not _wait(due, stopped):
                return
            self._send(event, due)

    def _send(self, event: Prepared, due: float) -> None:
        measures = self._measures
        number = measures.sending(due, time.monotonic(), new=event.new)
        try:
            future = self._producer.send(self._topic, value=event.value, key=event.key)
        except KafkaError as error:
            measures.refused(number, type(error).__name__)
            return
        future.add_callback(lambda _: measures.published(number))
        future.add_errback(lambda error: measures.refused(number, type(error).__name__))

    def flush(self, timeout_s: float, stopped: Callable[[], bool] = lambda: False) -> None:
        """Return once all is acknowledged or given up, after so many seconds, or if ``stopped``."""
        until = time.monotonic() + timeout_s
        while time.monotonic() < until and not stopped():
            with suppress(KafkaError):  # what is not acknowledged by then stays so in the counts
                self._producer.flush(timeout=NAP_S)
                return


def _wait(due: float, stopped: Callable[[], bool]) -> bool:
    """Return when it is time. False if ``stopped`` said so first."""
    while (left := due - time.monotonic()) > 0:
        if stopped():
            return False
        time.sleep(min(left, NAP_S))
    return not stopped()
