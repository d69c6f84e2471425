"""A real Apache Kafka: one KRaft node, from the jars that `make parts` fetched."""

from __future__ import annotations

import shutil
import subprocess
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic

from tests.support.fault_proxy import FaultProxy
from tests.support.ports import free_port, wait_for_port
from worker.stream.kafka.config import ConsumerConfig, KafkaConfig
from worker.stream.kafka.topic_names import RetryTopic, TopicNames

LIBS = Path(__file__).parents[2] / ".cache" / "kafka" / "libs"
START_S = 120


@dataclass
class KafkaBroker:
    """One broker, and what a test asks of it."""

    bootstrap: str
    far: FaultProxy
    """The same broker at the end of a long way."""
    logs: Path
    """The folder of its log segments."""

    def topics(
        self, partitions: int = 4, *, retry_delays_s: Sequence[float] = (), backfill: bool = False
    ) -> TopicNames:
        """New topics."""
        tail = uuid.uuid4().hex[:8]
        names = TopicNames(
            uploads=f"uploads-{tail}",
            backfill=f"backfill-{tail}" if backfill else None,
            verdicts=f"verdicts-{tail}",
            retries=tuple(
                RetryTopic(name=f"retry-{number}-{tail}", delay_s=delay)
                for number, delay in enumerate(retry_delays_s)
            ),
            dead_letters=f"dlq-{tail}",
        )
        admin = KafkaAdminClient(bootstrap_servers=self.bootstrap)
        admin.create_topics([NewTopic(name, partitions, 1) for _, name in names.all()])
        admin.close()
        return names

    def add_partitions(self, topic: str, total: int) -> None:
        """Give a topic more partitions."""
        admin = KafkaAdminClient(bootstrap_servers=self.bootstrap)
        admin.create_partitions({topic: total})
        admin.close()

    def delete(self, topic: str) -> None:
        """Delete a topic."""
        admin = KafkaAdminClient(bootstrap_servers=self.bootstrap)
        admin.delete_topics([topic])
        admin.close()

    def config(self, topics: TopicNames, **consumer: object) -> KafkaConfig:
        """Settings of a worker on these topics, in a group named after them."""
        return KafkaConfig(
            bootstrap_servers=(self.bootstrap,),
            topics=topics,
            consumer=ConsumerConfig.model_validate(
                {"group_id": f"group-{topics.uploads}", "commit_interval_ms": 100, **consumer}
            ),
            connect_timeout_ms=10_000,
        )

    def publish(
        self,
        topic: str,
        values: list[bytes],
        keys: list[bytes] | None = None,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> None:
        """Return once the broker has all values."""
        producer = KafkaProducer(bootstrap_servers=self.bootstrap, acks="all", linger_ms=5)
        sent = [
            producer.send(topic, value, key=keys[n] if keys else None, headers=list(headers))
            for n, value in enumerate(values)
        ]
        for future in sent:
            future.get(timeout=30)
        producer.close()

    def read_all(self, topic: str) -> list[object]:
        """Every committed record of a topic, as kafka-python gives it."""
        consumer = KafkaConsumer(
            bootstrap_servers=self.bootstrap,
            group_id=None,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
        )
        partitions = [TopicPartition(topic, n) for n in consumer.partitions_for_topic(topic) or ()]
        consumer.assign(partitions)
        ends = consumer.end_offsets(partitions)
        records: list[object] = []
        while any(consumer.position(partition) < ends[partition] for partition in partitions):
            for polled in consumer.poll(timeout_ms=200).values():
                records.extend(polled)
        consumer.close()
        return records

    def end_offsets(self, topic: str) -> dict[int, int]:
        """The next offset to be written, by partition."""
        consumer = KafkaConsumer(bootstrap_servers=self.bootstrap, group_id=None)
        partitions = [TopicPartition(topic, n) for n in consumer.partitions_for_topic(topic) or ()]
        ends = consumer.end_offsets(partitions)
        consumer.close()
        return {partition.partition: end for partition, end in ends.items()}

    def committed(self, group: str, topic: str) -> dict[int, int]:
        """The offsets that the group has committed, by partition; none where it has not."""
        consumer = KafkaConsumer(bootstrap_servers=self.bootstrap, group_id=group)
        found = {
            number: consumer.committed(TopicPartition(topic, number))
            for number in consumer.partitions_for_topic(topic) or ()
        }
        consumer.close(autocommit=False)
        return {number: offset for number, offset in found.items() if offset is not None}


@pytest.fixture(scope="session")
def kafka_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    """One for all tests; topics and groups must be their own."""
    with running_broker(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@contextmanager
def running_broker(folder: Path) -> Iterator[KafkaBroker]:
    """One with its files in ``folder``, killed at the end."""
    assert shutil.which("java"), "java is missing: run `make parts`"
    assert list(LIBS.glob("kafka_2.13-*.jar")), "Kafka's jars are missing: run `make parts`"
    port, controller, near = free_port(), free_port(), free_port()
    far = FaultProxy(free_port(), to=near)
    properties = folder / "server.properties"
    properties.write_text(
        f"""
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},FAR://127.0.0.1:{near},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},FAR://127.0.0.1:{far.port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,FAR:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs={folder}/logs
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
""",
        encoding="utf-8",
    )
    java = ["java", "-Xmx512m", "-cp", f"{LIBS}/*", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]
    cluster = "5L6g3nShT-eMCtK--X86sw"
    subprocess.run(
        [*java, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(properties)],
        check=True,
        capture_output=True,
    )
    with (folder / "broker.log").open("wb") as log:
        process = subprocess.Popen(
            [*java, "kafka.Kafka", str(properties)], stdout=log, stderr=subprocess.STDOUT
        )
    try:
        wait_for_port(port, process, START_S)
        far.start()
        yield KafkaBroker(f"127.0.0.1:{port}", far, folder / "logs")
        far.stop()
    finally:
        process.kill()
        process.wait()
