"""The client of an administrator."""

from __future__ import annotations

from typing import Any

from kafka import KafkaAdminClient

from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.topics import unreachable


def open_admin(config: KafkaConfig) -> Any:
    """A connected one. Raises ``Systemic`` where no broker lets us in. Blocks."""
    settings = config.client()
    del settings["allow_auto_create_topics"]  # an administrator's client never does
    try:
        return KafkaAdminClient(**settings)
    except Exception as error:
        # kafka-python raises its own errors here, and OSError for files and names.
        raise unreachable(config, error) from error
