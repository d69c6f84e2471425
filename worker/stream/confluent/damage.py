"""Records that librdkafka cannot read, or confluent-kafka cannot tell of: found, and named."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from kafka import TopicPartition

from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.damage import Damage, find_damage, tell_damage
from worker.stream.ledger import Partition

log = structlog.get_logger(__name__)


def look_for_damage(
    config: KafkaConfig, partition: Partition, offset: int, beat: Callable[[], None]
) -> Damage | None:
    """What is wrong with the batch at an offset; None if nothing is. Blocks.

    Its bytes are fetched and read by kafka-python's parts, as for kafka-python itself. Raises
    ``Systemic`` where the worker is to halt at damage.
    """
    try:
        found = find_damage(config, {TopicPartition(*partition): offset}, beat)
    except Exception:
        log.exception("looking_for_damage_failed")
        return None
    if found is not None:
        tell_damage(config, found)
    return found
