"""Both ends of a worker's stream, by the delivery that the settings promise."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.sink import KafkaSink
from worker.stream.kafka.source import KafkaSource
from worker.stream.kafka.spans import KafkaSpans
from worker.stream.kafka.transactions import Transactions
from worker.stream.protocol import Settlement, Sink
from worker.stream.settlement import PublishThenCommit
from worker.stream.witness import StreamWitness
from worker.telemetry.tracing import Tracing


class KafkaStream:
    """Where records come from, and how they are settled.

    The two start apart: a worker connects its producer first and joins the group last.
    """

    new_source: ClassVar[Callable[..., KafkaSource]] = KafkaSource
    new_sink: ClassVar[Callable[..., Sink]] = KafkaSink
    new_transactions: ClassVar[Callable[..., Transactions]] = Transactions

    def __init__(
        self,
        config: KafkaConfig,
        witness: StreamWitness | None = None,
        tracing: Tracing | None = None,
    ) -> None:
        spans = KafkaSpans(config, tracing)
        self.source: KafkaSource
        self.settlement: Settlement
        self._output: Sink | Transactions
        if config.delivery == "transactional":
            transactions = type(self).new_transactions(config, witness, spans)
            self.source = type(self).new_source(config, transactions, witness, spans)
            transactions.settles(self.source)
            self.settlement = self._output = transactions
        else:
            self._output = sink = type(self).new_sink(config, witness, spans)
            self.source = type(self).new_source(config, None, witness, spans)
            self.settlement = PublishThenCommit(self.source, sink)

    async def start_publishing(self) -> None:
        """Connect the producer. Raises ``Systemic``."""
        await self._output.start()

    async def end_publishing(self) -> None:
        """Flush and disconnect. The source is closed before."""
        await self._output.close()
