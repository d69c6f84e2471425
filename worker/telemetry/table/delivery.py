"""Metrics of the stream: what is taken, how far it is, what has not gone well."""

from __future__ import annotations

from enum import StrEnum

from worker.domain.failure import Reason
from worker.domain.lane import Lane
from worker.telemetry.metric import Kind, Label, Metric


class CommitResult(StrEnum):
    """How a commit ended."""

    OK = "ok"
    FAILED = "failed"


class Input(StrEnum):
    """Where an event is taken from, as ``TopicNames.inputs`` calls it: topics have other names."""

    UPLOADS = "uploads"
    BACKFILL = "backfill"
    RETRIES = "retries"


REASON = Label.of("reason", Reason)
TOPIC = Label("topic", bound="input topics of the settings")
PARTITION = Label("partition", bound="partitions assigned")

LAG = Metric(
    "ivy.consumer.lag",
    Kind.GAUGE,
    "{event}",
    "End of the partition less the committed offset: what waits, and what is in flight. What is in"
    " `retries` and in the `backfill` waits on purpose.",
    (TOPIC, PARTITION, Label.of("input", Input)),
)
GAP = Metric(
    "ivy.consumer.gap",
    Kind.GAUGE,
    "{event}",
    "Finished events that wait for one before them; they are done again if the worker dies.",
    (TOPIC, PARTITION),
)
PARTITIONS = Metric(
    "ivy.consumer.partitions", Kind.GAUGE, "{partition}", "Partitions assigned to this worker."
)
OLDEST_AGE = Metric(
    "ivy.consumer.oldest_age",
    Kind.GAUGE,
    "s",
    "How long the oldest event in flight has been in the worker's hands; 0 where there is none.",
)
POLL_AGE = Metric(
    "ivy.consumer.poll_age", Kind.GAUGE, "s", "Since the consumer's thread last made a step."
)
COMMITS = Metric(
    "ivy.consumer.commits",
    Kind.COUNTER,
    "{commit}",
    "Commits of offsets, alone or in a transaction.",
    (Label.of("result", CommitResult),),
)
REBALANCES = Metric(
    "ivy.consumer.rebalances",
    Kind.COUNTER,
    "{rebalance}",
    "Times that partitions came to this worker or went from it.",
)
IN_FLIGHT = Metric("ivy.in_flight", Kind.GAUGE, "{event}", "Events taken and not yet settled.")
WAITING = Metric(
    "ivy.waiting",
    Kind.GAUGE,
    "{event}",
    "Events that wait for their turn.",
    (Label.of("lane", Lane),),
)
RETRIES = Metric(
    "ivy.retries", Kind.COUNTER, "{try}", "Tries that failed and may be tried again.", (REASON,)
)
POSTPONED = Metric(
    "ivy.postponed",
    Kind.COUNTER,
    "{event}",
    "Events sent to a retry topic; `tier` counts the topics from 0.",
    (REASON, Label("tier", bound="retry topics of the settings")),
)
DIVERTED = Metric(
    "ivy.diverted",
    Kind.COUNTER,
    "{event}",
    "Events of a crowding tenant that were sent to the backfill topic.",
)
DEAD_LETTERS = Metric(
    "ivy.dead_letters", Kind.COUNTER, "{event}", "Events sent to the dead letters.", (REASON,)
)
DEAD_LETTER_RATIO = Metric(
    "ivy.dead_letter_ratio",
    Kind.GAUGE,
    "1",
    "Share of dead letters among the last outcomes, those in an uploader's hand left out.",
)
