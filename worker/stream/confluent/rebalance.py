"""What happens when the group deals out its partitions anew."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import structlog

from worker.stream.confluent.commits import Commits
from worker.stream.ledger import Ledger, Partition
from worker.stream.witness import StreamWitness

log = structlog.get_logger(__name__)


class Rebalances:
    """Notes assignments in the ledger, and commits what is done before a partition goes.

    Called inside of a poll, on the consumers' thread. What it raised would end that poll, so it
    raises nothing.
    """

    def __init__(self, ledger: Ledger, commits: Commits, witness: StreamWitness) -> None:
        self._ledger = ledger
        self._commits = commits
        self._witness = witness

    def assigned(self, _: Any, partitions: list[Partition]) -> None:
        """These are ours from now on."""
        self._ledger.assign(partitions)
        self._changed(partitions)
        log.info("partitions_assigned", partitions=_names(partitions))

    def revoked(self, consumer: Any, partitions: list[Partition]) -> None:
        """These go to another member; it is to begin after what we have done."""
        try:
            self._commits.before_revocation_of(consumer, self._ledger, partitions)
        except Exception as error:  # noqa: BLE001 - see above; the next owner does some work twice
            log.warning("last_commit_failed", error=type(error).__name__)
        finally:
            self._ledger.revoke(partitions)
            self._changed(partitions)
        log.info("partitions_revoked", partitions=_names(partitions))

    def lost(self, _: Any, partitions: list[Partition]) -> None:
        """These are another member's already: nothing of ours may be committed for them."""
        self._ledger.revoke(partitions)
        self._changed(partitions)
        log.warning("partitions_lost", partitions=_names(partitions))

    def _changed(self, partitions: list[Partition]) -> None:
        """A change of the group that leaves ours as they are is told with none."""
        if partitions:
            self._witness.rebalanced()


def _names(partitions: Iterable[Partition]) -> list[str]:
    return [f"{topic}[{number}]" for topic, number in sorted(partitions)]
