"""What a worker published about events, read back from the topics."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

from tests.faults.upload import Upload

Published = Mapping[tuple[int, int], Upload]
"""Events by the partition and offset where they are."""

READ_TIMEOUT_S = 60.0

AT_ONCE = 500
WAIT_S = 0.2
"""For that many messages: the client waits for all of them, or for the time to be over."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A verdict, a dead letter, or an event put off, as its topic has it."""

    topic: str
    at: float
    """Seconds since the epoch, by the broker's clock: when it was written to the log."""
    verdict_id: str | None
    """None where it is no verdict."""
    event_id: str | None
    label: str | None
    source: tuple[int, int] | None
    """Of a dead letter: partition and offset of its event."""
    reason: str | None
    payload: bytes | None = None
    """A dead letter's."""

    def event_in(self, published: Published) -> str | None:
        """The event that it is about; None if that is none of them."""
        if self.source is None:
            return self.event_id
        upload = published.get(self.source)
        return upload.event_id if upload else None


class TopicReader:
    """Reads topics from their beginnings; each ``more()`` goes on where the last one ended."""

    def __init__(
        self,
        bootstrap: str,
        topics: Iterable[str],
        partitions: int,
        *,
        committed_only: bool = False,
    ) -> None:
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": "faults-reader",  # asked for, and not used: nothing is committed
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "isolation.level": "read_committed" if committed_only else "read_uncommitted",
                "log_level": 0,
            }
        )
        self._assigned = [
            TopicPartition(topic, number, OFFSET_BEGINNING)
            for topic in topics
            for number in range(partitions)
        ]
        self._consumer.assign(self._assigned)
        self.seen: list[Outcome] = []

    def more(self) -> list[Outcome]:
        """Take what has come since, and give all that has come."""
        full = True
        while full:  # less than that is all there is; while events keep coming there is always some
            messages = self._consumer.consume(AT_ONCE, timeout=WAIT_S)
            self.seen.extend(outcome for message in messages for outcome in _outcomes(message))
            full = len(messages) == AT_ONCE
        return self.seen

    def all(self) -> list[Outcome]:
        """Take everything, up to the ends, and close."""
        open_ones = {(one.topic, one.partition) for one in self._assigned}
        deadline = time.monotonic() + READ_TIMEOUT_S
        while open_ones:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{sorted(open_ones)} were not read to their ends")
            for message in self._consumer.consume(AT_ONCE, timeout=WAIT_S):
                error = message.error()
                if error is not None and error.code() == KafkaError._PARTITION_EOF:
                    open_ones.discard((message.topic(), message.partition()))
                self.seen.extend(_outcomes(message))
        self.close()
        return self.seen

    def close(self) -> None:
        """Let the brokers go."""
        self._consumer.close()


def _outcomes(message: Any) -> Iterator[Outcome]:
    error = message.error()
    if error is not None:
        if error.fatal():
            raise KafkaException(error)
        return  # an end, or a broker that is away for now
    headers = {name: value or b"" for name, value in message.headers() or ()}
    at = message.timestamp()[1] / 1000
    if "ivy-dlq-reason" in headers:
        source = (int(headers["ivy-dlq-partition"]), int(headers["ivy-dlq-offset"]))
        reason = headers["ivy-dlq-reason"].decode()
        yield Outcome(message.topic(), at, None, None, None, source, reason, message.value())
    elif any(name.startswith("ivy-retry-") for name in headers):
        source = (int(headers["ivy-retry-partition"]), int(headers["ivy-retry-offset"]))
        reason = headers.get("ivy-retry-reason", b"").decode()
        yield Outcome(message.topic(), at, None, None, None, source, reason)
    else:
        verdict = json.loads(message.value())
        yield Outcome(
            message.topic(),
            at,
            verdict["verdict_id"],
            verdict["event_id"],
            verdict["label"],
            source=None,
            reason=None,
        )


def longest_silence(times: Sequence[float], faults: Sequence[float]) -> float | None:
    """The worst of ``silence`` after each of the faults, until the next one."""
    nexts = [*faults[1:], float("inf")]
    found = [silence(times, at, until) for at, until in zip(faults, nexts, strict=True)]
    return max((seconds for seconds in found if seconds is not None), default=None)


def silence(times: Sequence[float], since: float, until: float = float("inf")) -> float | None:
    """The longest gap between outcomes after ``since``, which is its first possible beginning.

    In seconds; None if no outcome came in that time. Where nothing waits to be done, a silence
    means nothing: scenarios see to it that something does.
    """
    later = sorted(time for time in times if since < time <= until)
    if not later:
        return None
    return max(at - before for before, at in zip([since, *later], later, strict=False))
