"""Verdicts in a topic, from a time on up to its end as it is now."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from worker.shadow.protocol import Progress
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.topic_reader import TopicReader

NAME = re.compile(r"[A-Za-z0-9._-]{1,249}")
"""What Kafka takes for a topic's name (org.apache.kafka.common.internals.Topic)."""


class Topic:
    """A topic of the settings' Kafka. Of transactions, only what was committed."""

    def __init__(self, config: KafkaConfig, topic: str, since: datetime | None = None) -> None:
        self._config = config
        self._topic = topic
        self._since = since

    @property
    def name(self) -> str:
        """See ``Origin``."""
        return f"kafka:{self._topic}"

    def values(self, progress: Progress) -> Iterator[bytes | None]:
        """See ``Origin``. Partition by partition; a batch that no client can read is one None."""
        with TopicReader(self._config, self._topic, "nor such a file") as reader:
            spans = reader.spans(since=self._since)
            before = {
                span.partition: sum(s.offsets for s in spans[:n]) - span.start
                for n, span in enumerate(spans)
            }
            total = sum(span.offsets for span in spans)
            for record in reader.read(spans):
                yield None if record.damage is not None else record.value
                progress(min(total, before[record.partition] + record.offset + record.span), total)
            progress(total, total)
