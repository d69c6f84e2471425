"""`ivy-worker topics`, on a real Kafka."""

from __future__ import annotations

import json
import uuid

import pytest
from kafka import KafkaAdminClient
from typer.testing import CliRunner

from tests.cli.test_commands import ivy
from tests.support.kafka_broker import KafkaBroker
from tests.support.ports import free_port
from worker.cli.main import app
from worker.stream.kafka.provisioning import DAY_MS

pytestmark = pytest.mark.kafka


COMPACTED = "cleanup.policy compact: compaction takes events of the same key away unread"
TOO_SMALL = (
    "max.message.bytes 1000000 is below kafka.producer.max_request_size (8388608): larger outcomes"
    " are shortened"
)


def names(broker: KafkaBroker) -> list[str]:
    """Settings with topics that are not there, as ``--set`` takes them."""
    tail = uuid.uuid4().hex[:8]
    settings = {
        "kafka.bootstrap_servers": broker.bootstrap,
        "kafka.connect_timeout_ms": "5000",
        "kafka.topics.uploads": f"uploads-{tail}",
        "kafka.topics.backfill": f"backfill-{tail}",
        "kafka.topics.verdicts": f"verdicts-{tail}",
        "kafka.topics.retries": f"retry-{tail}=10",
        "kafka.topics.dead_letters": f"dlq-{tail}",
    }
    return [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]


def test_missing_topics_are_made_and_nothing_else_is_touched(kafka_broker: KafkaBroker) -> None:
    settings = names(kafka_broker)
    ended = ivy("topics", "list", *settings)
    assert ended.returncode == 1
    assert [line.split("\t")[2] for line in ended.stdout.splitlines()] == ["missing"] * 5

    ended = ivy("topics", "provision", "--partitions", "3", "--dry-run", *settings)
    assert ended.returncode == 0, ended.stderr
    assert "5 topics would be made, 5 in all" in ended.stderr
    ended = ivy("topics", "provision", "--partitions", "3", "--json", *settings)
    assert ended.returncode == 0, ended.stderr
    assert "5 topics made, 5 in all" in ended.stderr
    assert {line["state"] for line in map(json.loads, ended.stdout.splitlines())} == {"made"}

    ended = ivy("topics", "list", "--json", *settings)
    assert ended.returncode == 0
    found = {
        line["setting"].split(".")[-1]: line
        for line in map(json.loads, ended.stdout.split("\n")[:-1])
    }
    assert [found[role]["partitions"] for role in ("uploads", "retries", "dead_letters")] == [
        3,
        3,
        1,
    ]
    assert int(found["uploads"]["settings"]["retention.ms"]) == 7 * DAY_MS
    assert int(found["dead_letters"]["settings"]["retention.ms"]) == 30 * DAY_MS
    assert int(found["dead_letters"]["settings"]["max.message.bytes"]) > 8 * 1024**2
    assert [line["differences"] for line in found.values()] == [[]] * 5


def test_where_a_topic_differs_is_said_and_left(kafka_broker: KafkaBroker) -> None:
    settings = names(kafka_broker)
    verdicts = settings[9].partition("=")[2]
    with KafkaAdminClient(bootstrap_servers=kafka_broker.bootstrap) as admin:
        admin.create_topics(
            {
                verdicts: {
                    "num_partitions": 2,
                    "configs": {
                        "cleanup.policy": "compact",
                        "retention.ms": str(DAY_MS),
                        "max.message.bytes": "1000000",
                        "min.insync.replicas": "2",
                    },
                }
            }
        )
    for _ in range(2):  # the second time it is as it was
        ended = ivy("topics", "provision", "--partitions", "3", *settings)
        assert ended.returncode == 0
        told = [line for line in ended.stderr.splitlines() if line.startswith(verdicts)]
        assert [line.removeprefix(f"{verdicts} differs: ") for line in told] == [
            "2 partitions, not 3",
            "retention 1 days, not 7 days",
            COMPACTED,
            TOO_SMALL,
            "min.insync.replicas 2 is above the replication factor: nothing can be published",
        ]


def test_what_cannot_be_made_ends_with_1(kafka_broker: KafkaBroker) -> None:
    ended = ivy("topics", "provision", "--replication-factor", "3", *names(kafka_broker))
    assert ended.returncode == 1
    assert "cannot be made: InvalidReplicationFactorError" in ended.stderr
    nowhere = ("--set", f"kafka.bootstrap_servers=127.0.0.1:{free_port()}")
    ended = ivy("topics", "list", *names(kafka_broker), *nowhere)
    assert ended.returncode == 1
    assert "kafka.bootstrap_servers" in ended.stderr


@pytest.mark.parametrize("command", ["list", "provision"])
def test_help_has_an_example(command: str) -> None:
    ended = CliRunner().invoke(app, ["topics", command, "--help"])
    assert f"ivy-worker topics {command}" in ended.stdout.split("Examples")[1]
