"""`ivy-worker dlq replay`: dead letters back to where they came from."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from worker.cli.dlq_options import (
    SETTING,
    ErrorClass,
    EventId,
    Limit,
    OffsetNumber,
    PartitionNumber,
    Reasons,
    Since,
    Tenant,
    Until,
    filter_of,
    kafka_of,
)
from worker.cli.exits import Exit, fail
from worker.cli.options import Assignments, ConfigFile
from worker.dead_letters.filters import LetterFilter
from worker.dead_letters.letter import Letter
from worker.dead_letters.origins import Origins
from worker.dead_letters.pace import Pace
from worker.dead_letters.plan import Copy, Planner, Refused
from worker.dead_letters.publisher import Publisher
from worker.dead_letters.replay import Replay, Tally
from worker.dead_letters.selection import damage_text, go_on_from_group, spans_of
from worker.dead_letters.stopping import Stopping
from worker.domain.clock import SystemClock
from worker.printable import printable
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.topic_reader import Span, TopicReader

EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker dlq replay --since 3h --reason fetch_failed --dry-run

  ivy-worker dlq replay --since 3h --reason fetch_failed --rate 20

  ivy-worker dlq replay --reason event_timeout --group ivy-replay --yes   (for a cron job)
"""

MAX_REPLAYS = 3
"""An event that died four times of the same will do so a fifth time."""


def replay(
    reason: Reasons = None,
    tenant: Tenant = None,
    event_id: EventId = None,
    error_class: ErrorClass = None,
    since: Since = None,
    until: Until = None,
    partition: PartitionNumber = None,
    offset: OffsetNumber = None,
    limit: Limit = None,
    to: Annotated[
        str | None,
        typer.Option(metavar="TOPIC", help="Publish there, and not where the event came from."),
    ] = None,
    max_replays: Annotated[
        int, typer.Option(metavar="N", min=1, help="Refuse events with N replays behind them.")
    ] = MAX_REPLAYS,
    rate: Annotated[
        float | None, typer.Option(metavar="N", min=0.001, help="Events a second at most.")
    ] = None,
    group: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Consumer group that remembers how far this came; the next one goes on there.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done; publish and commit nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    config: ConfigFile = None,
    assignments: Assignments = None,
) -> None:
    """Publish dead letters once more, as they came, with their lineage in ivy-replay-* headers.

    Only those that are there at the start. Ctrl-C stops after what was sent is acknowledged. The
    exit code is 1 if one was refused or failed.
    """
    wanted = filter_of(reason, tenant, event_id, error_class, (since, until), (partition, offset))
    if group is not None and offset is not None:
        fail("--group goes on from letter to letter, and --offset names one: not both", Exit.USAGE)
    kafka = kafka_of(config, assignments)
    if group == kafka.consumer.group_id:
        fail("--group: that one is the workers' own (kafka.consumer.group_id)", Exit.USAGE)
    if to == kafka.topics.dead_letters:
        fail(f"--to: {to} holds the dead letters themselves ({SETTING})", Exit.USAGE)
    errand = _Errand(
        kafka=kafka,
        wanted=wanted,
        limit=limit,
        to=to,
        max_replays=max_replays,
        rate=rate,
        group=group,
        dry_run=dry_run,
        ask=not (yes or dry_run) and sys.stdin.isatty(),
    )
    try:
        code = errand.run()
    except KeyboardInterrupt:
        fail("Interrupted.", Exit.INTERRUPTED)
    if code:
        raise typer.Exit(code)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Errand:
    """One run of the command."""

    kafka: KafkaConfig
    wanted: LetterFilter
    limit: int | None
    to: str | None
    max_replays: int
    rate: float | None
    group: str | None
    dry_run: bool
    ask: bool

    def run(self) -> int:
        """The exit code. Raises ``Systemic`` if the broker or the dead-letter topic is away."""
        console = Console(stderr=True)
        topic = self.kafka.topics.dead_letters
        with ExitStack() as stack:
            reader = stack.enter_context(TopicReader(self.kafka, topic, SETTING, group=self.group))
            spans = self._spans(reader, console)
            if self.ask:
                # Before signals are taken over, or Ctrl-C would not end the question.
                self._confirm(topic, sum(span.offsets for span in spans))
            publisher = None if self.dry_run else stack.enter_context(Publisher(self.kafka))
            origins = stack.enter_context(Origins(self.kafka))
            progress = stack.enter_context(_progress(console))
            task = progress.add_task("Replaying", total=sum(span.offsets for span in spans))
            stopping = stack.enter_context(Stopping())
            planner = Planner(
                self.kafka.topics,
                to=self.to,
                max_replays=self.max_replays,
                fetch=origins.fetch,
                now=SystemClock().now,
            )
            run = Replay(
                reader,
                planner,
                publisher,
                wanted=self.wanted,
                tell=self._teller(progress),
                damaged=lambda record: _print(progress.console, damage_text(record)),
                limit=self.limit,
                pace=None if self.dry_run else Pace(self.rate),
                remember=self.group is not None,
                stopped=stopping.stopped,
                passed=lambda: progress.advance(task),
            )
            try:
                tally = run.run(spans)
            except KeyboardInterrupt:
                progress.stop()
                self._sum_up(run.tally)
                raise
        self._sum_up(tally)
        if stopping.signal is not None:
            return SIGNALLED + stopping.signal
        return Exit.OK if tally.clean else Exit.FAILED

    def _spans(self, reader: TopicReader, console: Console) -> tuple[Span, ...]:
        spans = spans_of(reader, self.wanted)
        if self.group is None:
            return spans
        return go_on_from_group(reader, spans, lambda said: _print(console, said))

    def _confirm(self, topic: str, offsets: int) -> None:
        target = f"to {self.to}" if self.to else "to where they came from"
        typer.confirm(
            printable(
                f"Replay the letters of {topic} that the filters choose, out of at most {offsets},"
                f" {target}?"
            ),
            abort=True,
            err=True,
        )

    def _teller(self, progress: Progress) -> Callable[[Letter, Copy | Refused], None]:
        def tell(letter: Letter, plan: Copy | Refused) -> None:
            if isinstance(plan, Refused):
                said = f"{letter.coordinate} refused ({plan.refusal}): {plan.detail}"
                _print(progress.console, said)
            elif self.dry_run:
                said = f"{letter.coordinate} -> {plan.topic} (replay {plan.count})"
                sys.stdout.write(printable(said) + "\n")

        return tell

    def _sum_up(self, tally: Tally) -> None:
        done = "would be replayed" if self.dry_run else "replayed"
        parts = [f"{tally.replayed} {done}"]
        if refused := tally.refused.total():
            reasons = ", ".join(f"{name} {count}" for name, count in tally.refused.most_common())
            parts.append(f"{refused} refused ({reasons})")
        if tally.failed:
            parts.append(f"{tally.failed} not acknowledged")
        if tally.damaged:
            parts.append(f"{tally.damaged} not readable")
        if tally.foreign:
            parts.append(f"{tally.foreign} no dead letters of a worker")
        sys.stdout.write(f"{'; '.join(parts)}; {tally.read} read\n")
        if tally.failure is not None:
            sys.stderr.write(f"ivy-worker: {printable(tally.failure.detail)}\n")


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        # Elsewhere than on a terminal it would be one stray line at the end.
        disable=not console.is_terminal,
    )


def _print(console: Console, said: str) -> None:
    console.print(printable(said), markup=False, highlight=False, soft_wrap=True)


SIGNALLED = 128
"""A shell's exit code for a signal: this plus its number."""
