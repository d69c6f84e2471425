"""What a worker may do in Kafka: the least that it needs, and whether it is given.

By the table of operations in Kafka's documentation ("Authorization and ACLs"); READ and WRITE bring
DESCRIBE with them.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from kafka.admin import ACLOperation
from kafka.errors import (
    GroupAuthorizationFailedError,
    KafkaError,
    RetriableError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailedError,
    for_code,
)
from kafka.protocol.admin import DescribeGroupsRequest

from worker.domain.failure import Reason, Systemic
from worker.stream.kafka.admin import open_admin
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.producer import connect_producer
from worker.stream.kafka.topics import unreachable

OF_ANY_GROUP = 5
"""Version of DescribeGroups in which a group that is not there is one without members; from 6 on it
is an error (KIP-1043)."""

COORDINATOR_S = 15.0
"""For the coordinator of a group to be known."""

ASK_AGAIN_S = 0.2

Kind = Literal["topic", "group", "transactional_id"]

Operation = Literal["READ", "WRITE", "DESCRIBE", "DESCRIBE_CONFIGS", "CREATE"]


@dataclass(frozen=True, slots=True)
class Right:
    """One operation on one resource, and the setting that names the resource."""

    kind: Kind
    name: str
    operation: Operation
    setting: str
    prefixed: bool = False
    """Whether it is for all names that begin so."""

    def __str__(self) -> str:
        kind = self.kind.replace("_", " ")
        name = f"{self.name}*" if self.prefixed else self.name
        return f"{self.operation} on {kind} {name!r} ({self.setting})"


def worker_rights(config: KafkaConfig) -> tuple[Right, ...]:
    """The least that `ivy-worker run` needs."""
    found = list(_topic_rights(config))
    consumer = config.consumer
    found.append(Right("group", consumer.group_id, "READ", "kafka.consumer.group_id"))
    if config.delivery == "transactional":
        name, setting = transactional_name(config)
        found.append(Right("transactional_id", name, "WRITE", setting, prefixed=name.endswith("-")))
    return tuple(found)


def _topic_rights(config: KafkaConfig) -> Iterator[Right]:
    inputs = {topic for _, topic in config.topics.inputs()}
    for role, topic in config.topics.all():
        setting = f"kafka.topics.{role}"
        if topic in inputs:
            yield Right("topic", topic, "READ", setting)
        if role != "uploads":
            yield Right("topic", topic, "WRITE", setting)


def wished_rights(config: KafkaConfig) -> tuple[Right, ...]:
    """What it can do without: to know beforehand how large a message its topics take."""
    return tuple(
        Right("topic", topic, "DESCRIBE_CONFIGS", f"kafka.topics.{role}")
        for role, topic in config.topics.all()
        if role != "uploads"
    )


def provisioning_rights(config: KafkaConfig) -> tuple[Right, ...]:
    """What `ivy-worker topics` needs; CREATE is for `provision` alone."""
    operations: tuple[Operation, ...] = ("DESCRIBE", "DESCRIBE_CONFIGS", "CREATE")
    return tuple(
        Right("topic", topic, operation, f"kafka.topics.{role}")
        for role, topic in config.topics.all()
        for operation in operations
    )


def transactional_name(config: KafkaConfig) -> tuple[str, str]:
    """The transactional id, or how it begins where each start makes a new one; and its setting."""
    producer, consumer = config.producer, config.consumer
    if producer.transactional_id is not None:
        return producer.transactional_id, "kafka.producer.transactional_id"
    tail = consumer.group_instance_id or ""
    return f"{consumer.group_id}-{tail}", "kafka.consumer.group_id"


def missing_rights(config: KafkaConfig, rights: tuple[Right, ...]) -> list[Right]:
    """Those of ``rights`` that are not given, by the brokers' own word (KIP-430). Blocks.

    Raises ``Systemic`` where no broker lets us in, or a topic is missing. Nothing is written, but
    for a transactional id that no worker ever has: to begin with a real one would end the
    transaction of the worker that has it.
    """
    admin = open_admin(config)
    try:
        given = _on_topics(admin, rights) | _on_groups(admin, rights)
        missing = [
            right
            for right in rights
            if right.kind != "transactional_id"
            and (right.kind, right.name, right.operation) not in given
        ]
        missing += [
            right
            for right in rights
            if right.kind == "transactional_id" and not _may_begin(config, admin, right)
        ]
    except KafkaError as error:
        raise unreachable(config, error) from error
    finally:
        admin.close()
    return missing


Given = set[tuple[str, str, str]]


def _on_topics(admin: Any, rights: tuple[Right, ...]) -> Given:
    settings = {right.name: right.setting for right in rights if right.kind == "topic"}
    given: Given = set()
    for topic in admin.describe_topics(list(settings)) if settings else ():
        error, name = for_code(topic["error_code"]), topic["name"]
        if error is TopicAuthorizationFailedError:
            continue
        if topic["error_code"]:
            raise Systemic(
                Reason.STREAM_FAILED,
                f"there is no topic {name!r} ({settings[name]}); create it first, such as by"
                " `ivy-worker topics provision`",
            )
        given |= {("topic", name, one) for one in topic["authorized_operations"] or ()}
    return given


def _on_groups(admin: Any, rights: tuple[Right, ...]) -> Given:
    given: Given = set()
    for name in {right.name for right in rights if right.kind == "group"}:
        with suppress(GroupAuthorizationFailedError):
            given |= {("group", name, one) for one in _operations_on_group(admin, name)}
    return given


def _operations_on_group(admin: Any, name: str) -> list[str]:
    """kafka-python's own question is of a version that says nothing of a group yet to come."""

    async def ask() -> Any:
        coordinator = await admin._find_coordinator_id(name)  # noqa: SLF001 - no public way
        request = DescribeGroupsRequest(
            groups=[name], include_authorized_operations=True, max_version=OF_ANY_GROUP
        )
        return await admin._manager.send(request, node_id=coordinator)  # noqa: SLF001

    deadline = time.monotonic() + COORDINATOR_S
    while True:
        try:
            (group,) = admin._manager.run(ask).groups  # noqa: SLF001
            if group.error_code:
                raise for_code(group.error_code)
        except RetriableError:
            # The first group of a cluster has its topic of offsets made.
            if time.monotonic() > deadline:
                raise
            time.sleep(ASK_AGAIN_S)
        else:
            return [ACLOperation(one).name for one in group.authorized_operations]


def _may_begin(config: KafkaConfig, admin: Any, right: Right) -> bool:
    if not right.prefixed:
        try:
            admin.describe_transactions([right.name])
        except TransactionalIdAuthorizationFailedError:
            return False
        except KafkaError:
            return True  # there is none of that name yet
        return True
    producer = connect_producer(
        config,
        max_block_ms=config.connect_timeout_ms,
        transactional_id=f"{right.name}doctor-{uuid.uuid4()}",
    )
    try:
        producer.init_transactions()
    except TransactionalIdAuthorizationFailedError:
        return False
    finally:
        with suppress(KafkaError):
            producer.close(timeout=5)
    return True
