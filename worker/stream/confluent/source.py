"""Records from Kafka through librdkafka, in the event loop."""

from __future__ import annotations

from worker.stream.confluent.commits import Commits, OffsetCommits
from worker.stream.confluent.consumer_thread import ConsumerThread
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.source import Deliver, Failed, KafkaSource, SourceThread
from worker.stream.kafka.spans import KafkaSpans
from worker.stream.witness import StreamWitness


class ConfluentSource(KafkaSource):
    """The event loop's side of another thread."""

    def __init__(
        self,
        config: KafkaConfig,
        commits: Commits | None = None,
        witness: StreamWitness | None = None,
        spans: KafkaSpans | None = None,
    ) -> None:
        super().__init__(config, None, witness, spans)
        self._last_step: Commits = commits or OffsetCommits(config, self._witness, self._spans)

    def _new_thread(self, deliver: Deliver, failed: Failed) -> SourceThread:
        return ConsumerThread(
            self._config,
            self._ledger,
            self._last_step,
            deliver=deliver,
            failed=failed,
            witness=self._witness,
            spans=self._spans,
        )
