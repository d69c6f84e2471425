"""The stream by the client that the settings name."""

from __future__ import annotations

from worker.stream.config import Client
from worker.stream.confluent.extra import require_extra
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.stream import KafkaStream
from worker.stream.witness import StreamWitness
from worker.telemetry.tracing import Tracing


def require_client(client: Client) -> None:
    """Raises ``ExtraMissing`` where it is not installed. Imports nothing of it."""
    if client == "confluent":
        require_extra()


def stream_kind(client: Client) -> type[KafkaStream]:
    """The class of both ends. Raises ``ExtraMissing`` where the client is not installed."""
    require_client(client)
    if client == "kafka-python":
        return KafkaStream
    from worker.stream.confluent.stream import ConfluentStream

    return ConfluentStream


def open_stream(
    client: Client,
    config: KafkaConfig,
    witness: StreamWitness | None = None,
    tracing: Tracing | None = None,
) -> KafkaStream:
    """Both ends, not yet started. Raises ``ExtraMissing`` where the client is not installed."""
    return stream_kind(client)(config, witness, tracing)
