"""The client libraries that a stream on Kafka may go through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from worker.stream.choice import stream_kind
from worker.stream.config import Client
from worker.stream.kafka.source import KafkaSource
from worker.stream.kafka.stream import KafkaStream
from worker.stream.protocol import Sink

CLIENTS: tuple[Client, ...] = ("kafka-python", "confluent")


@dataclass(frozen=True)
class StreamClient:
    """One of them: what makes its parts, from Kafka's settings."""

    name: Client
    stream: Callable[..., KafkaStream]
    source: Callable[..., KafkaSource]
    sink: Callable[..., Sink]


def stream_client(name: Client) -> StreamClient:
    """The one of that name."""
    kind = stream_kind(name)
    return StreamClient(name, kind, kind.new_source, kind.new_sink)


@pytest.fixture(params=CLIENTS)
def client(request: pytest.FixtureRequest) -> StreamClient:
    """Each of them, one after the other."""
    return stream_client(request.param)
