"""Settings of the stream."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from worker import __version__
from worker.domain.failure import Reason, Systemic
from worker.stream.kafka.security import SecurityConfig
from worker.stream.kafka.topic_names import TopicNames
from worker.stream.kafka.watched_client import WatchedClient
from worker.tls import TlsFilesInvalid
from worker.typed import comma_separated

CLIENT_ID = f"ivy-worker-{__version__}"
"""As brokers log us, and quotas may know us by."""


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, float) else value


class ConsumerConfig(BaseModel):
    """How records are taken."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    group_id: str = Field(default="ivy-worker", description="Consumer group of all workers.")
    group_instance_id: str | None = Field(
        default=None,
        description="Static member name, such as the pod's: a restart within the session timeout"
        " moves no partition.",
    )
    client_rack: str | None = Field(
        default=None,
        description="Kafka's client.rack, such as the zone: brokers with a replica selector"
        " (KIP-392) then let it fetch from a replica nearby.",
    )
    partition_assignment_strategy: Literal["cooperative-sticky", "range", "roundrobin"] = Field(
        default="cooperative-sticky",
        description="Kafka's partition.assignment.strategy. All but the first take every partition"
        " from every member at each change; all members of a group must use the same.",
    )
    max_in_flight: int = Field(
        default=2_048, ge=1, description="Events taken and not settled, beyond which taking pauses."
    )
    max_in_flight_bytes: int = Field(
        default=256 * 1024**2, ge=1, description="Bytes of their payloads, likewise."
    )
    max_gap: int = Field(
        default=10_000,
        ge=1,
        description="Finished events of a partition that wait for one before them; beyond that"
        " nothing more is taken from it. All of these are done again if the worker dies.",
    )
    max_poll_records: int = Field(
        default=128, ge=1, description="Records taken in one poll: the overshoot of the limits."
    )
    max_poll_interval_ms: int = Field(
        default=300_000,
        gt=0,
        description="The group takes a member for dead that does not poll for this long.",
    )
    session_timeout_ms: int = Field(
        default=45_000, gt=0, description="The group takes a member for dead after this silence."
    )
    commit_interval_ms: int = Field(
        default=1_000,
        gt=0,
        description="How often offsets are committed, and transactions with them.",
    )
    on_corrupt_records: Literal["dead_letter", "halt"] = Field(
        default="dead_letter",
        description="A batch that no client can read (checksum, codec): to the dead letters as the"
        " log has it, or an end of the worker that names where it is.",
    )
    stall_timeout_s: float | None = Field(
        default=None,
        gt=0,
        description="The process writes the stacks of its threads and ends if the consumer makes no"
        " step for this long; by default four fifths of `max_poll_interval_ms`.",
    )

    @property
    def stalled_after_s(self) -> float:
        """Before the group takes it for dead, if not set otherwise."""
        return self.stall_timeout_s or 0.8 * self.max_poll_interval_ms / 1000


class ProducerConfig(BaseModel):
    """How outcomes are published. Always with acks=all and idempotence."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    transactional_id: str | None = Field(
        default=None,
        description="Kafka's transactional.id, one for each worker, such as the pod's name; by"
        " default `kafka.consumer.group_instance_id`, or else a new one at each start.",
    )
    transaction_timeout_ms: int = Field(
        default=60_000,
        gt=0,
        description="After this the brokers end a transaction whose worker vanished; until then"
        " readers of committed records wait at it.",
    )

    compression: Literal["none", "gzip", "snappy", "lz4", "zstd"] = Field(
        default="lz4", description="Compression of what is published."
    )
    linger_ms: int = Field(default=5, ge=0, description="Wait for company before a batch is sent.")
    max_request_size: int = Field(
        default=8 * 1024**2,
        gt=0,
        description="Largest message in bytes; dead letters carry the event's own payload.",
    )
    delivery_timeout_ms: int = Field(
        default=120_000, gt=0, description="Time to publish one message before the worker gives up."
    )


class KafkaConfig(SecurityConfig):
    """Where Kafka is and how to enter."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bootstrap_servers: Annotated[tuple[str, ...], BeforeValidator(comma_separated)] = Field(
        default=("localhost:9092",),
        min_length=1,
        description="Brokers to begin with: `host:port,...`",
    )
    # A version looks like a number to YAML.
    api_version: Annotated[str | None, BeforeValidator(_text)] = Field(
        default=None,
        pattern=r"^\d+\.\d+$",
        description="Kafka version of the brokers, such as `2.3`, where it cannot be asked for.",
    )
    connect_timeout_ms: int = Field(
        default=30_000, gt=0, description="Time to reach a broker and learn of the topics."
    )
    delivery: Literal["at_least_once", "transactional"] = Field(
        default="at_least_once",
        description="`at_least_once`: publish, then commit. `transactional`: both in one Kafka"
        " transaction, so that readers of committed records see every outcome once.",
    )
    topics: TopicNames = Field(default_factory=TopicNames, description="Topics.")
    consumer: ConsumerConfig = Field(default_factory=ConsumerConfig, description="Taking.")
    producer: ProducerConfig = Field(default_factory=ProducerConfig, description="Publishing.")

    def check_files(self) -> None:
        """Raises ``Systemic`` that names the setting of a file that cannot be used."""
        if self.encrypted:
            try:
                self.tls.context()
            except TlsFilesInvalid as error:
                raise Systemic(Reason.STREAM_FAILED, str(error)) from error

    def client(self) -> dict[str, Any]:
        """kafka-python's settings that every client of ours shares.

        Raises ``Systemic`` where a file with a certificate or a key cannot be used.
        """
        self.check_files()
        found: dict[str, Any] = {
            "bootstrap_servers": list(self.bootstrap_servers),
            "client_id": CLIENT_ID,
            "bootstrap_timeout_ms": self.connect_timeout_ms,
            # A missing topic is an error to be told, not a topic to be made with defaults.
            "allow_auto_create_topics": False,
            "kafka_client": WatchedClient,
            **self.entry(),
        }
        if self.api_version is not None:
            major, minor = self.api_version.split(".")
            found["api_version"] = (int(major), int(minor))
        return found
