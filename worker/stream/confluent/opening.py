"""Where a partition is read from when it comes to this worker."""

from __future__ import annotations

import structlog
from confluent_kafka import KafkaException

from worker.stream.confluent.members import Members
from worker.stream.kafka.waits import Waits
from worker.stream.ledger import Ledger, Partition

log = structlog.get_logger(__name__)

COMMITTED_TIMEOUT_S = 2.0
"""To be told what is committed. After it, it is asked for again; meanwhile the group is polled."""


def open_partitions(members: Members, ledger: Ledger, waits: Waits) -> None:
    """Have new partitions taken from, once it is known where they are read from.

    librdkafka has a partition that comes to it begin at what is committed. One of which it is the
    log that began anew, or where it could not go on as it was told to, is led there.
    """
    unopened = ledger.unopened()
    if not unopened:
        return
    ours = [partition for partition in unopened if partition in members.assignment()]
    for partition, committed in members.committed(ours, COMMITTED_TIMEOUT_S).items():
        try:
            if not members.is_fresh(partition):
                members.pause(partition)
                members.seek(partition, committed)
        except KafkaException as error:
            log.warning("seek_failed", error=str(error))
            continue
        waits.forget(partition)
        ledger.open(partition, unopened[partition], committed)


class Opened:
    """The members as a regulator sees them: with the opened partitions only.

    Of those that are not opened nothing is taken, so that they must stay paused.
    """

    def __init__(self, members: Members, ledger: Ledger) -> None:
        self._unopened = ledger.unopened().keys()
        self._members = members
        self.pause, self.resume = members.pause, members.resume

    def assignment(self) -> set[Partition]:
        """See ``Members``."""
        return self._members.assignment() - self._unopened

    def paused(self) -> set[Partition]:
        """See ``Members``."""
        return self._members.paused() - self._unopened
