"""Both ends of a worker's stream, through librdkafka."""

from __future__ import annotations

from worker.stream.confluent.sink import ConfluentSink
from worker.stream.confluent.source import ConfluentSource
from worker.stream.confluent.transactions import ConfluentTransactions
from worker.stream.kafka.stream import KafkaStream


class ConfluentStream(KafkaStream):
    """The same, by another client."""

    new_source = ConfluentSource
    new_sink = ConfluentSink
    new_transactions = ConfluentTransactions
