"""Settings of the stream."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from worker import __version__


def _split(value: Any) -> Any:
    """Lists as people type them in an environment: ``a,b``."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, float) else value


class TopicNames(BaseModel):
    """Topics. They must exist: whether and how to replicate them is not for a worker to decide."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    uploads: str = Field(default="media.uploads", description="Upload events are taken from here.")
    verdicts: str = Field(default="media.verdicts", description="Verdict events go here.")
    dead_letters: str = Field(
        default="media.uploads.dlq", description="Events without a verdict go here, as they came."
    )


class ConsumerConfig(BaseModel):
    """How records are taken."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    group_id: str = Field(default="ivy-worker", description="Consumer group of all workers.")
    group_instance_id: str | None = Field(
        default=None,
        description="Static member name, such as the pod's: a restart within the session timeout"
        " moves no partition.",
    )
    max_in_flight: int = Field(
        default=512, ge=1, description="Events taken and not settled, beyond which taking pauses."
    )
    max_in_flight_bytes: int = Field(
        default=256 * 1024**2, ge=1, description="Bytes of their payloads, likewise."
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
        default=1_000, gt=0, description="How often offsets are committed."
    )


class ProducerConfig(BaseModel):
    """How outcomes are published. Always with acks=all and idempotence."""

    model_config = ConfigDict(extra="forbid", frozen=True)

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


class KafkaConfig(BaseModel):
    """Where Kafka is and how to enter."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bootstrap_servers: Annotated[tuple[str, ...], BeforeValidator(_split)] = Field(
        default=("localhost:9092",),
        min_length=1,
        description="Brokers to begin with: `host:port,...`",
    )
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="Kafka's security.protocol."
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = Field(
        default=None, description="Kafka's sasl.mechanism."
    )
    sasl_username: str | None = Field(default=None, description="User name for SASL.")
    sasl_password: SecretStr | None = Field(default=None, description="Password for SASL.")
    ssl_cafile: str | None = Field(default=None, description="File with the CA's certificate.")
    ssl_certfile: str | None = Field(default=None, description="File with our certificate.")
    ssl_keyfile: str | None = Field(default=None, description="File with our private key.")
    # A version looks like a number to YAML.
    api_version: Annotated[str | None, BeforeValidator(_text)] = Field(
        default=None,
        pattern=r"^\d+\.\d+$",
        description="Kafka version of the brokers, such as `2.3`, where it cannot be asked for.",
    )
    connect_timeout_ms: int = Field(
        default=30_000, gt=0, description="Time to reach a broker and learn of the topics."
    )
    topics: TopicNames = Field(default_factory=TopicNames, description="Topics.")
    consumer: ConsumerConfig = Field(default_factory=ConsumerConfig, description="Taking.")
    producer: ProducerConfig = Field(default_factory=ProducerConfig, description="Publishing.")

    def client(self) -> dict[str, Any]:
        """kafka-python's settings that every client of ours shares."""
        found: dict[str, Any] = {
            "bootstrap_servers": list(self.bootstrap_servers),
            "client_id": f"ivy-worker-{__version__}",
            "security_protocol": self.security_protocol,
            "sasl_mechanism": self.sasl_mechanism,
            "sasl_plain_username": self.sasl_username,
            "sasl_plain_password": (
                self.sasl_password.get_secret_value() if self.sasl_password else None
            ),
            "ssl_cafile": self.ssl_cafile,
            "ssl_certfile": self.ssl_certfile,
            "ssl_keyfile": self.ssl_keyfile,
            "bootstrap_timeout_ms": self.connect_timeout_ms,
            # A missing topic is an error to be told, not a topic to be made with defaults.
            "allow_auto_create_topics": False,
        }
        if self.api_version is not None:
            major, minor = self.api_version.split(".")
            found["api_version"] = (int(major), int(minor))
        return found
