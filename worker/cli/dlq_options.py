"""Options of all `ivy-worker dlq` commands: which letters are meant, and where they are."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from worker.cli.exits import Exit, fail
from worker.cli.options import settings_at_a_terminal
from worker.cli.when import moment
from worker.dead_letters.filters import LetterFilter
from worker.domain.failure import Reason
from worker.printable import printable
from worker.stream.kafka.config import KafkaConfig

SETTING = "kafka.topics.dead_letters"


Reasons = Annotated[
    list[Reason] | None,
    typer.Option("--reason", metavar="REASON", help="Why it died; repeatable: any of these."),
]
Tenant = Annotated[str | None, typer.Option(metavar="TENANT", help="Whose event it was.")]
EventId = Annotated[str | None, typer.Option(metavar="ID", help="Which event it was.")]
ErrorClass = Annotated[
    str | None, typer.Option(metavar="CLASS", help="Kind of failure: Poison, Transient, Expired.")
]
Since = Annotated[
    datetime | None,
    typer.Option(
        parser=moment, metavar="TIME", help="Died then or later: ISO 8601 (UTC), or 2h, 3d ago."
    ),
]
Until = Annotated[
    datetime | None, typer.Option(parser=moment, metavar="TIME", help="Died before; likewise.")
]
PartitionNumber = Annotated[
    int | None, typer.Option("--partition", metavar="N", min=0, help="Of the dead-letter topic.")
]
OffsetNumber = Annotated[
    int | None,
    typer.Option("--offset", metavar="N", min=0, help="This one letter; with --partition."),
]
Limit = Annotated[
    int | None, typer.Option(metavar="N", min=1, help="No more letters than these, oldest first.")
]


def filter_of(
    reasons: Sequence[Reason] | None,
    tenant: str | None,
    event_id: str | None,
    error_class: str | None,
    times: tuple[datetime | None, datetime | None],
    place: tuple[int | None, int | None],
) -> LetterFilter:
    """The filter that the options state; ends the command if they do not go together."""
    (since, until), (partition, offset) = times, place
    if offset is not None and partition is None:
        fail("--offset needs --partition: each partition counts from 0", Exit.USAGE)
    if since is not None and until is not None and since >= until:
        fail("--since must be before --until", Exit.USAGE)
    return LetterFilter(
        reasons=frozenset(reasons or ()),
        tenant=tenant,
        event_id=event_id,
        error_class=error_class,
        since=since,
        until=until,
        partition=partition,
        offset=offset,
    )


def kafka_of(config: Path | None, assignments: Sequence[str] | None) -> KafkaConfig:
    """The settings of the stream. Raises ``SettingsInvalid``."""
    return settings_at_a_terminal(config, assignments).kafka


def note(said: str) -> None:
    """A line on standard error, printable whatever is in it."""
    sys.stderr.write(f"{printable(said)}\n")


@contextmanager
def interruptible() -> Iterator[None]:
    """Ctrl-C ends the command with its own exit code; nothing was changed that must be told."""
    try:
        yield
    except KeyboardInterrupt:
        fail("Interrupted.", Exit.INTERRUPTED)
