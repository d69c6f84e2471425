"""FastStream on confluent-kafka: a subscriber of batches, a publisher of batches.

By its documentation: ``AckPolicy.ACK`` commits after the handler's results are published (its own
default, ``ACK_FIRST``, commits by time whatever became of them); handlers of one subscriber run at
once only without such commits, so ``batch=True`` on both sides is the way to have many under way;
``apply_types=False`` and a decoder of our own leave out pydantic and the parsing of JSON.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from faststream import AckPolicy
from faststream.confluent import KafkaBroker, KafkaPublishMessage

from scripts.bench.peers.job import Job, tell

BATCH = 500
"""Records. 100 gave a third of its rate here; 1,000 and 2,000 gave no more than chance does."""


async def carry(job: Job) -> float:
    """Seconds from the first record in hand to the group being left."""
    broker = KafkaBroker(
        job.bootstrap,
        acks="all",
        enable_idempotence=True,
        compression_type=job.compression,
        linger_ms=job.linger_ms,
        allow_auto_create_topics=False,
        apply_types=False,
        graceful_timeout=60.0,
        log_level=logging.WARNING,
        logger=None,
    )
    result = job.result.encode()
    begun, seen, all_seen = 0.0, 0, asyncio.Event()

    async def keys(message: Any) -> list[bytes | None]:
        return [record.key() for record in message.raw_message]

    async def handle(batch: list[bytes | None]) -> list[KafkaPublishMessage]:
        nonlocal begun, seen
        begun = begun or time.perf_counter()
        seen += len(batch)
        if seen >= job.events:
            all_seen.set()
        return [KafkaPublishMessage(result, key=key) for key in batch]

    subscriber = broker.subscriber(
        job.source,
        group_id=job.group,
        auto_offset_reset="earliest",
        batch=True,
        max_records=BATCH,
        ack_policy=AckPolicy.ACK,
        decoder=keys,
    )
    subscriber(broker.publisher(job.sink, batch=True)(handle))
    await broker.start()
    await all_seen.wait()
    await broker.stop()  # waits for the handler's results and its commit
    return time.perf_counter() - begun


def main() -> None:
    """See the module."""
    tell(asyncio.run(carry(Job.given())), ["faststream", "confluent-kafka"])


if __name__ == "__main__":
    main()
