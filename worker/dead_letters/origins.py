"""Records at the places where letters say that they came from."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType
from typing import Self

from worker.dead_letters.letter import Origin
from worker.domain.failure import Systemic
from worker.domain.record import Record
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.topic_reader import TopicReader


class Origins:
    """One reader for each topic that is asked for, kept open. A context manager."""

    def __init__(self, config: KafkaConfig) -> None:
        self._config = config
        self._readers: dict[str, TopicReader | None] = {}
        self._open = ExitStack()

    def __enter__(self) -> Self:
        """Connects to nothing yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def fetch(self, origin: Origin) -> Record | None:
        """The record; None if it, or its topic, is not there any more. Raises ``Systemic``."""
        if origin.topic not in self._readers:
            reader = TopicReader(self._config, origin.topic, "ivy-dlq-topic")
            try:
                self._readers[origin.topic] = self._open.enter_context(reader)
            except Systemic:
                # The broker answered a moment ago: it is the topic that is missing.
                self._readers[origin.topic] = None
        found = self._readers[origin.topic]
        return None if found is None else found.record_at(origin.partition, origin.offset)
