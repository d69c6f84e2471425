"""The least that a consumer does which publishes before it commits: a client's own speed."""

from __future__ import annotations

import time
from collections.abc import Callable

from kafka import KafkaConsumer, KafkaProducer

from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.membership import Membership

POLL_MS = 100


def bare_loop(
    config: KafkaConfig,
    events: int,
    result: bytes,
    look_up: Callable[[int], None] = lambda _: None,
) -> float:
    """Poll, produce, flush, commit, by the same settings as ours; events a second.

    Timed from the first record in hand to the group being left, as ours are. ``look_up`` is called
    with the number of records of each poll, before anything is published.
    """
    settings = config.consumer
    consumer = KafkaConsumer(
        config.topics.uploads,
        bootstrap_servers=list(config.bootstrap_servers),
        group_id=settings.group_id,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_poll_records=500,
    )
    producer = KafkaProducer(
        bootstrap_servers=list(config.bootstrap_servers),
        acks="all",
        enable_idempotence=True,
        compression_type=None if config.producer.compression == "none" else "lz4",
        linger_ms=config.producer.linger_ms,
    )
    begun, seen = 0.0, 0
    try:
        membership = Membership(consumer, settings)
        while seen < events:
            # By itself, kafka-python now and then forgets that it is joining, and polls for ever.
            if not membership.is_stable():
                membership.join(POLL_MS)
                continue
            polled = consumer.poll(timeout_ms=POLL_MS)
            if polled and not begun:
                begun = time.perf_counter()
            if polled:
                look_up(sum(len(records) for records in polled.values()))
            for records in polled.values():
                for record in records:
                    producer.send(config.topics.verdicts, result, key=record.key)
                seen += len(records)
            if polled:
                producer.flush()
                consumer.commit()
        consumer.close(autocommit=False)
        return events / (time.perf_counter() - begun)
    finally:
        consumer.close(autocommit=False)
        producer.close()
