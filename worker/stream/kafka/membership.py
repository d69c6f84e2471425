"""Whether the consumer is at rest in its group."""

from __future__ import annotations

import time
from typing import Any

from kafka.structs import MemberState

from worker.domain.failure import Reason, Systemic
from worker.stream.kafka.config import ConsumerConfig


class Membership:
    """The state of one consumer in its group."""

    def __init__(self, consumer: Any, settings: ConsumerConfig) -> None:
        self._consumer = consumer
        # The broker lets a member wait for the others for as long as they may take to poll.
        self._patience_s = (settings.max_poll_interval_ms + settings.session_timeout_ms) / 1000
        self._unstable_since: float | None = None

    def is_stable(self) -> bool:
        """Whether the group is joined and at rest. Raises ``Systemic`` if it never comes to rest.

        Where it is not, ``join`` goes on with it.
        """
        if self._consumer.group_metadata().state is MemberState.STABLE:
            self._unstable_since = None
            return True
        # kafka-python 3.0.12 asks itself whether it needs to join, and not whether it is joining. A
        # leader that has dealt out the partitions, and whose poll ended before the broker confirmed
        # them, needs to join no more by that count: nobody awaits the join, no heartbeat is sent,
        # and the group goes on without us. Asking for a join again makes it await that one.
        self._consumer._coordinator.request_rejoin()  # noqa: SLF001 - there is no public way
        now = time.monotonic()
        if self._unstable_since is None:
            self._unstable_since = now
        if now - self._unstable_since > self._patience_s:
            raise Systemic(
                Reason.STREAM_FAILED, f"the group was not joined within {self._patience_s:.0f} s"
            )
        return False

    def join(self, timeout_ms: int) -> None:
        """Go on with the join until it is done, or for that long. Raises what a poll raises.

        A poll of the consumer would do the same, and then wait for records for what is left of its
        time: a worker would be told ready late, and have records before it knows its partitions.
        """
        self._consumer._coordinator.poll(timeout_ms=timeout_ms)  # noqa: SLF001 - as above
