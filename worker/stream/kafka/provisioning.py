"""The topics as a worker wants them, beside those that there are.

Missing ones can be made. Nothing that exists is changed: partitions cannot be taken back, and a
shorter retention deletes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import (
    KafkaError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    for_code,
)

from worker.domain.failure import Reason, Systemic
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.refusal import refusal_of

DAY_MS = 24 * 3600 * 1000

INPUT_DAYS, LETTER_DAYS, RETRY_DAYS = 7, 30, 7
"""Of events: longer than a worker may stand still over a long weekend. Of letters: long enough for
a person to look, and to replay after a repair. Retries wait for minutes, but for as long as the
workers are away, too."""


MESSAGE, REPLICAS = "max.message.bytes", "min.insync.replicas"

COMPARED = ("retention.ms", "cleanup.policy", REPLICAS, MESSAGE)

BATCH_ROOM = 64 * 1024
"""Bytes that a batch may be larger than ``kafka.producer.max_request_size``, which bounds what is
in it: dead letters carry headers beside the event's own payload."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What an operator says of new topics; None leaves it to the broker or to our defaults."""

    partitions: int | None = None
    replication_factor: int | None = None
    retention_ms: int | None = None
    """In place of the defaults of all topics."""


@dataclass(frozen=True, slots=True)
class WantedTopic:
    """One topic as it should be."""

    role: str
    name: str
    partitions: int
    """-1: the broker's default (KIP-464), as with the replication factor."""
    replication_factor: int
    settings: dict[str, str]


@dataclass(frozen=True, slots=True)
class FoundTopic:
    """One topic as it is; ``settings`` is empty where we may not read them."""

    partitions: int
    replication_factor: int
    settings: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TopicState:
    """Both, and what to say of it."""

    wanted: WantedTopic
    found: FoundTopic | None
    differences: tuple[str, ...] = ()
    """In a sentence each. They are told, and nothing else."""

    @property
    def missing(self) -> bool:
        """Whether there is none."""
        return self.found is None


def wanted_topics(config: KafkaConfig, wishes: Wishes) -> list[WantedTopic]:
    """The topics of the settings, as we would make them."""
    return [_wanted(config, wishes, role, name) for role, name in config.topics.all()]


def _wanted(config: KafkaConfig, wishes: Wishes, role: str, name: str) -> WantedTopic:
    days = {"dead_letters": LETTER_DAYS, "retries": RETRY_DAYS}.get(role, INPUT_DAYS)
    settings = {
        "retention.ms": str(
            wishes.retention_ms if wishes.retention_ms is not None else days * DAY_MS
        ),
        # Verdicts, too: a key has several, and the later one does not replace the earlier.
        "cleanup.policy": "delete",
    }
    if role != "uploads":
        settings[MESSAGE] = str(config.producer.max_request_size + BATCH_ROOM)
    if wishes.replication_factor is not None and wishes.replication_factor >= 3:
        # With acks=all: one replica may be away, and what is acknowledged is on two.
        settings[REPLICAS] = "2"
    # Letters are few, and read by people: what is in one partition, they see in its order.
    partitions = 1 if role == "dead_letters" else wishes.partitions
    return WantedTopic(
        role=role,
        name=name,
        partitions=partitions if partitions is not None else -1,
        replication_factor=wishes.replication_factor or -1,
        settings=settings,
    )


def look_at_topics(admin: Any, config: KafkaConfig, wishes: Wishes) -> list[TopicState]:
    """How each topic stands. Raises ``Systemic``. Blocks."""
    wanted = wanted_topics(config, wishes)
    try:
        found = _found(admin, [topic.name for topic in wanted])
    except KafkaError as error:
        raise _failed(config, error, "the topics are not to be looked at") from error
    states = []
    for topic in wanted:
        there = found.get(topic.name)
        told = tuple(_differences(config, topic, there)) if there is not None else ()
        states.append(TopicState(topic, there, told))
    return states


def _found(admin: Any, names: list[str]) -> dict[str, FoundTopic]:
    described: dict[str, FoundTopic] = {}
    for topic in admin.describe_topics(names):
        error = for_code(topic["error_code"])
        if error is TopicAuthorizationFailedError:
            raise TopicAuthorizationFailedError({topic["name"]})
        if not topic["error_code"]:
            partitions = topic["partitions"]
            described[topic["name"]] = FoundTopic(
                len(partitions), len(partitions[0]["replica_nodes"]) if partitions else 0
            )
    if not described:
        return {}
    stated = admin.describe_configs(
        [
            ConfigResource(ConfigResourceType.TOPIC, name, dict.fromkeys(COMPARED))
            for name in described
        ],
        config_filter="all",
    ).get("topic", {})
    return {
        name: FoundTopic(
            one.partitions,
            one.replication_factor,
            {key: str(value["value"]) for key, value in stated.get(name, {}).items()},
        )
        for name, one in described.items()
    }


def _differences(config: KafkaConfig, wanted: WantedTopic, found: FoundTopic) -> Iterator[str]:
    if wanted.partitions > 0 and wanted.partitions != found.partitions:
        yield f"{found.partitions} partitions, not {wanted.partitions}"
    if 0 < wanted.replication_factor != found.replication_factor:
        yield f"replication factor {found.replication_factor}, not {wanted.replication_factor}"
    if not found.settings:
        yield "its settings are hidden from us (DESCRIBE_CONFIGS)"
        return
    retention = int(found.settings["retention.ms"])
    if retention != int(wanted.settings["retention.ms"]):
        yield f"retention {_days(retention)}, not {_days(int(wanted.settings['retention.ms']))}"
    policy = found.settings["cleanup.policy"]
    if policy != "delete":
        yield f"cleanup.policy {policy}: compaction takes events of the same key away unread"
    if wanted.role != "uploads":
        largest = int(found.settings[MESSAGE])
        if largest < config.producer.max_request_size:
            yield (
                f"{MESSAGE} {largest} is below kafka.producer.max_request_size"
                f" ({config.producer.max_request_size}): larger outcomes are shortened"
            )
    replicas = int(found.settings[REPLICAS])
    if replicas > found.replication_factor:
        yield f"{REPLICAS} {replicas} is above the replication factor: nothing can be published"
    elif found.replication_factor > 1 and replicas < 2:
        yield f"{REPLICAS} {replicas}: what is acknowledged may be on one broker alone"


def _days(ms: int) -> str:
    return "without end" if ms < 0 else f"{ms / DAY_MS:g} days"


def make_topics(
    admin: Any, config: KafkaConfig, states: list[TopicState], *, dry_run: bool = False
) -> list[str]:
    """Make those that are missing; their names. Raises ``Systemic``. Blocks.

    With ``dry_run`` the brokers only say whether they would. One that somebody else made meanwhile
    counts as there.
    """
    made = []
    for topic in (state.wanted for state in states if state.missing):
        one = {
            "num_partitions": topic.partitions,
            "replication_factor": topic.replication_factor,
            "configs": topic.settings,
        }
        try:
            admin.create_topics({topic.name: one}, validate_only=dry_run)
        except TopicAlreadyExistsError:
            continue
        except KafkaError as error:
            what = f"topic {topic.name!r} (kafka.topics.{topic.role}) cannot be made"
            raise _failed(config, error, what) from error
        made.append(topic.name)
    return made


def _failed(config: KafkaConfig, error: KafkaError, what: str) -> Systemic:
    if isinstance(error, TopicAuthorizationFailedError):
        return Systemic(
            Reason.STREAM_FAILED,
            f"{what}: our principal needs CREATE, DESCRIBE and DESCRIBE_CONFIGS on it",
        )
    return refusal_of(config, error) or Systemic(
        Reason.STREAM_FAILED, f"{what}: {type(error).__name__}"
    )
