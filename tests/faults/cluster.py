"""Three Kafka brokers: each partition on all of them, two of which must have a record."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

from tests.faults.broker import Broker
from tests.faults.waiting import wait_until

SIZE = 3
ADMIN_TIMEOUT_S = 30.0
WHOLE_WITHIN_S = 240.0


class Cluster:
    """The brokers, and what is asked of them together."""

    def __init__(self, folder: Path) -> None:
        self.brokers = [
            Broker(number, folder / f"broker-{number}") for number in range(1, SIZE + 1)
        ]
        self._admin: AdminClient | None = None

    @property
    def bootstrap(self) -> str:
        """For clients that nothing is to happen to."""
        return ",".join(f"127.0.0.1:{broker.inner}" for broker in self.brokers)

    @property
    def far_bootstrap(self) -> str:
        """For clients behind the proxies."""
        return ",".join(f"127.0.0.1:{broker.way.port}" for broker in self.brokers)

    @property
    def admin(self) -> AdminClient:
        """One that stays."""
        if self._admin is None:
            self._admin = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})
        return self._admin

    def start(self) -> None:
        """Make the storage, start all, and wait until they are whole."""
        voters = ",".join(f"{one.number}@127.0.0.1:{one.controller}" for one in self.brokers)
        for broker in self.brokers:
            broker.configure(voters)
            broker.way.start()
        for formatting in [broker.format() for broker in self.brokers]:
            assert formatting.wait(120) == 0, "a broker's storage could not be made"
        for broker in self.brokers:
            broker.start()
        self.wait_whole()

    def stop(self) -> None:
        """Kill all."""
        for broker in self.brokers:
            broker.kill()
            broker.way.stop()

    def cut(self) -> None:
        """Part the clients behind the proxies from all brokers."""
        for broker in self.brokers:
            broker.way.cut()

    def heal(self) -> None:
        """Let them come back."""
        for broker in self.brokers:
            broker.way.heal()

    def wait_up(self) -> None:
        """Return once every broker is there."""
        for broker in self.brokers:
            broker.wait_up()

    def wait_whole(self) -> None:
        """Return once every broker is there and has every partition."""
        self.wait_up()
        wait_until(self._whole, WHOLE_WITHIN_S, "the cluster is whole", every_s=0.3)

    def _whole(self) -> bool:
        try:
            seen = self.admin.list_topics(timeout=5)
        except KafkaException:
            return False
        partitions = [one for topic in seen.topics.values() for one in topic.partitions.values()]
        return len(seen.brokers) == SIZE and all(
            len(one.isrs) == len(one.replicas) for one in partitions
        )

    def leader(self, topic: str, partition: int) -> Broker:
        """The broker that leads a partition."""
        seen = self.admin.list_topics(topic, timeout=ADMIN_TIMEOUT_S)
        number = seen.topics[topic].partitions[partition].leader
        return next(broker for broker in self.brokers if broker.number == number)

    def create(
        self,
        topics: Iterable[str],
        partitions: int,
        config: Mapping[str, str] | None = None,
        on: Sequence[int] = (1, 2, 3),
    ) -> None:
        """Make topics, each partition on all of the brokers with these numbers."""
        # The first of a partition's brokers leads it: each in its turn.
        turns = (number % len(on) for number in range(partitions))
        places = [[*on[turn:], *on[:turn]] for turn in turns]
        wanted = [
            NewTopic(topic, partitions, replica_assignment=places, config=dict(config or {}))
            for topic in topics
        ]
        for made in self.admin.create_topics(wanted, operation_timeout=60).values():
            made.result(ADMIN_TIMEOUT_S)
        for broker in self.brokers:
            wait_until(
                partial(self._known, broker, {topic.topic for topic in wanted}),
                ADMIN_TIMEOUT_S,
                f"broker {broker.number} knows the topics",
            )

    def delete(self, topics: Iterable[str]) -> None:
        """Delete topics, as far as the brokers let us."""
        for deleted in self.admin.delete_topics(list(topics), operation_timeout=30).values():
            with contextlib.suppress(KafkaException):
                deleted.result(ADMIN_TIMEOUT_S)

    def _known(self, broker: Broker, topics: set[str]) -> bool:
        """Whether a broker has heard of the topics and of leaders of all their partitions."""
        asked = AdminClient({"bootstrap.servers": f"127.0.0.1:{broker.inner}", "log_level": 0})
        seen = asked.list_topics(timeout=ADMIN_TIMEOUT_S).topics
        return all(
            topic in seen
            and seen[topic].partitions
            and all(one.leader > 0 for one in seen[topic].partitions.values())
            for topic in topics
        )
