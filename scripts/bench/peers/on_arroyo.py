"""sentry-arroyo: a chain of strategies that ends in the commit.

By its documentation: ``Produce`` hands a message on once its result is stored, ``CommitOffsets``
stands last, and offsets are committed once a second (``ONCE_PER_SECOND``, its own default).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from arroyo.backends.kafka import KafkaConsumer, KafkaPayload, KafkaProducer
from arroyo.backends.kafka.configuration import (
    build_kafka_configuration,
    build_kafka_consumer_configuration,
)
from arroyo.commit import CommitPolicy
from arroyo.processing import StreamProcessor
from arroyo.processing.strategies import CommitOffsets, Produce, RunTask
from arroyo.types import Topic

from scripts.bench.peers.job import Job, tell


class Counted:
    """Passes on; after the last message it waits for the last result, and ends the processor.

    The processor would else look at the results only after its own wait for one more message, a
    second, which a stream that goes on never pays.
    """

    def __init__(self, factory: Factory, next_step: Any) -> None:
        self._factory = factory
        self._next = next_step

    def submit(self, message: Any) -> None:
        """See arroyo's ``ProcessingStrategy``."""
        factory = self._factory
        if not factory.begun:
            factory.begun = time.perf_counter()
        self._next.submit(message)
        factory.seen += 1
        if factory.seen == factory.job.events:
            while factory.published < factory.seen:
                self._next.poll()
                time.sleep(0.0005)
            factory.processor.signal_shutdown()

    def poll(self) -> None:
        """See arroyo's ``ProcessingStrategy``."""
        self._next.poll()

    def close(self) -> None:
        """See arroyo's ``ProcessingStrategy``."""
        self._next.close()

    def terminate(self) -> None:
        """See arroyo's ``ProcessingStrategy``."""
        self._next.terminate()

    def join(self, timeout: float | None = None) -> None:
        """See arroyo's ``ProcessingStrategy``."""
        self._next.join(timeout)


class Factory:
    """The chain for whatever partitions come."""

    def __init__(self, job: Job, producer: Any) -> None:
        self.job = job
        self.processor: Any = None
        self.begun = 0.0
        self.seen = 0
        self.published = 0
        self._producer = producer
        self._result = job.result.encode()

    def create_with_partitions(self, commit: Any, _: Mapping[Any, int]) -> Counted:
        """See arroyo's ``ProcessingStrategyFactory``."""
        count = RunTask(self._stored, CommitOffsets(commit))
        produce = Produce(self._producer, Topic(self.job.sink), count)
        return Counted(self, RunTask(self._handle, produce))

    def _handle(self, message: Any) -> Any:
        return KafkaPayload(message.payload.key, self._result, [])

    def _stored(self, message: Any) -> Any:
        self.published += 1
        return message.payload

    def shutdown(self) -> None:
        """See arroyo's ``ProcessingStrategyFactory``."""


def main() -> None:
    """See the module."""
    job = Job.given()
    producer = KafkaProducer(
        build_kafka_configuration(job.producer(), bootstrap_servers=[job.bootstrap]),
        use_simple_futures=True,
    )
    consumer = KafkaConsumer(
        build_kafka_consumer_configuration(
            {},
            bootstrap_servers=[job.bootstrap],
            group_id=job.group,
            auto_offset_reset="earliest",
            # By its own policy, as documented; librdkafka's automatic commits were no faster here.
            enable_auto_commit=False,
        )
    )
    factory = Factory(job, producer)
    factory.processor = StreamProcessor(
        consumer, Topic(job.source), factory, CommitPolicy(job.commit_interval_s, None)
    )
    factory.processor.run()
    ended = time.perf_counter()
    producer.close().result()
    tell(ended - factory.begun, ["sentry-arroyo", "confluent-kafka"])


if __name__ == "__main__":
    main()
