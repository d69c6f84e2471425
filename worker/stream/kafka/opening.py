"""Where a partition is read from when it comes to this worker."""

from __future__ import annotations

from typing import Any

from kafka import TopicPartition

from worker.stream.kafka.commits import COMMIT_TIMEOUT_MS
from worker.stream.kafka.waits import Waits
from worker.stream.ledger import Ledger, Partition


def open_partitions(consumer: Any, ledger: Ledger, waits: Waits) -> None:
    """Have new partitions read from what is committed for them, and only then taken from.

    The eager assignors make kafka-python keep the position of a partition that is taken away
    and given back: past what was in flight, which would not come again.
    """
    for (topic, number), epoch in ledger.unopened().items():
        partition = TopicPartition(topic, number)
        committed = consumer.committed(partition, timeout_ms=COMMIT_TIMEOUT_MS)
        try:
            if committed is None:
                consumer.seek_to_beginning(partition)
            else:
                consumer.seek(partition, committed)
        except ValueError:
            continue  # taken away again meanwhile
        waits.forget(partition)
        ledger.open(Partition(topic, number), epoch, committed)
