"""What happens when the group deals out its partitions anew."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import structlog
from kafka import AsyncConsumerRebalanceListener, TopicPartition

from worker.stream.kafka.assignor import CooperativeByTopic
from worker.stream.kafka.commits import Commits
from worker.stream.ledger import Ledger, Partition
from worker.stream.witness import StreamWitness

log = structlog.get_logger(__name__)


class RebalanceListener(AsyncConsumerRebalanceListener):  # type: ignore[misc]
    """Notes assignments in the ledger, and commits what is done before a partition goes.

    kafka-python calls this on its own IO thread, which also sends the heartbeats: nothing here
    waits but for the commit, which runs on that thread's loop. What it raised would be raised by
    every poll from then on, so it raises nothing.
    """

    def __init__(
        self,
        ledger: Ledger,
        consumer: Any,
        commits: Commits,
        assignor: Any,
        witness: StreamWitness,
    ) -> None:
        self._ledger = ledger
        self._consumer = consumer
        self._commits = commits
        self._assignor = assignor
        self._witness = witness

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """These are ours from now on."""
        partitions = _partitions(assigned)
        self._ledger.assign(partitions)
        self._changed(partitions)
        log.info("partitions_assigned", partitions=_names(partitions))

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """These go to another member; it is to begin after what we have done."""
        partitions = _partitions(revoked)
        try:
            await self._commits.before_revocation(self._consumer, self._ledger, partitions)
        except Exception as error:  # noqa: BLE001 - see above; the next owner does some work twice
            log.warning("last_commit_failed", error=type(error).__name__)
        finally:
            self._ledger.revoke(partitions)
            self._changed(partitions)
        log.info("partitions_revoked", partitions=_names(partitions))

    async def on_partitions_lost(self, lost: Iterable[TopicPartition]) -> None:
        """These are another member's already: nothing of ours may be committed for them."""
        partitions = _partitions(lost)
        self._ledger.revoke(partitions)
        self._changed(partitions)
        if isinstance(self._assignor, CooperativeByTopic):
            self._assignor.forget(lost)
        log.warning("partitions_lost", partitions=_names(partitions))

    def _changed(self, partitions: list[Partition]) -> None:
        """A change of the group that leaves ours as they are is called with none."""
        if partitions:
            self._witness.rebalanced()


def _partitions(found: Iterable[TopicPartition]) -> list[Partition]:
    return [Partition(one.topic, one.partition) for one in found]


def _names(partitions: Iterable[Partition]) -> list[str]:
    return [f"{topic}[{number}]" for topic, number in sorted(partitions)]
