"""`ivy-worker stress`: load on a running deployment, from outside."""

from __future__ import annotations

import json
import secrets
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from worker.calibration.atomic import write_whole
from worker.cli.exits import Exit, fail
from worker.cli.options import Assignments, ConfigFile, settings_at_a_terminal
from worker.cli.stress_options import (
    ArrivalsOption,
    ClipShare,
    Duplicates,
    Duration,
    Expect,
    Folder,
    Given,
    ImageShare,
    LaneOption,
    MediaUrl,
    Ramp,
    Rate,
    Seed,
    ServeAt,
    Tenant,
    Timeout,
    address_of,
)
from worker.dead_letters.stopping import Stopping
from worker.domain.lane import Lane
from worker.printable import printable
from worker.settings.settings import Settings
from worker.stream.kafka.topics import describe_topics
from worker.stress.events import Events
from worker.stress.folder import FolderSupply, NoFiles
from worker.stress.live import LiveView
from worker.stress.load_run import open_run
from worker.stress.locality import is_local
from worker.stress.popularity import Popularity
from worker.stress.reachable import obstacles
from worker.stress.result import Result
from worker.stress.schedule import Arrivals
from worker.stress.server import MediaServer
from worker.stress.stock import NothingFits, draw_stock, parts_of
from worker.stress.supply import Supply
from worker.stress.tables import tables_of
from worker.stress.wish import Wish

EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker stress --rate 5 --duration 1m --config worker.yaml

  ivy-worker stress --rate 50 --duration 10m --ramp 1m --serve 10.0.0.5:8099 --config worker.yaml

  ivy-worker stress --rate 20 --duration 5m --folder uploads/ --media-url https://cdn.example.com/u

  ivy-worker stress --rate 50 --duration 5m --expect 'p99_ms<=5000' --expect 'dead_letters<=0.1%' \\
      --json report.json --yes   (for a pipeline)
"""

FIRST_BITS = 40
"""Of the number at which a run's drawn contents begin: two runs in a cache's lifetime that share
one are unlikely, and the pictures' own numbers go to 3^20."""

SIGNALLED = 128
"""A shell's exit code for a signal: this plus its number."""


def stress(
    rate: Rate,
    duration: Duration,
    ramp: Ramp = 0.0,
    arrivals: ArrivalsOption = Arrivals.POISSON,
    image_share: ImageShare = None,
    clip_share: ClipShare = None,
    duplicates: Duplicates = 0.3,
    folder: Folder = None,
    serve: ServeAt = None,
    media_url: MediaUrl = None,
    tenant: Tenant = "stress",
    lane: LaneOption = Lane.LIVE,
    timeout: Timeout = 60.0,
    expect: Expect = None,
    seed: Seed = 0,
    report: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="All of it for a program.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be sent; publish nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    config: ConfigFile = None,
    assignments: Assignments = None,
) -> None:
    """Publish uploads to a running deployment at a rate, and say what became of them, and when.

    Real uploads: the workers judge them, and real verdicts follow, of tenant "stress" with the
    run's name in their context. Media stand inside the events unless --serve or --media-url is
    given. The rate does not wait for answers, and latencies count from when an upload was due.
    Asks before it publishes to brokers on another machine. Ctrl-C ends it with a report.
    """
    given = Given(
        rate=rate,
        duration=duration,
        ramp=ramp,
        arrivals=arrivals,
        image_share=image_share,
        clip_share=clip_share,
        duplicates=duplicates,
        folder=folder,
        serve=serve,
        media_url=media_url,
        tenant=tenant,
        lane=lane,
        timeout=timeout,
        expect=expect,
        seed=seed,
    )
    expectations = given.check()
    if report is not None and (report.is_dir() or not report.resolve().parent.is_dir()):
        fail(f"--json: {report} is no file in a folder that is there", Exit.USAGE)
    settings = settings_at_a_terminal(config, assignments)
    errand = _Errand(settings, given.wish(settings, expectations), report)
    code = errand.plan() if dry_run else errand.run(asks=not yes)
    if code:
        raise typer.Exit(code)


@dataclass(frozen=True, slots=True)
class _Errand:
    """One run of the command."""

    settings: Settings
    wish: Wish
    report: Path | None

    def plan(self) -> int:
        """Say what would be done; look whether the topics are there. Raises ``Systemic``."""
        console = Console(stderr=True)
        self._announce(console)
        events = self._events(console)
        for line in describe_topics(self.wish.kafka):
            _print(console, line)
        event = events.event(0, events.supply.item(0))
        if "inline" in event["media"]:
            event["media"]["inline"] = f"<{len(event['media']['inline']):,} characters of base64>"
        sys.stdout.write(json.dumps(event, indent=2) + "\n")
        return Exit.OK

    def run(self, *, asks: bool) -> int:
        """The exit code. Raises ``Systemic`` where a part is away."""
        console = Console(stderr=True)
        self._announce(console)
        if asks and not is_local(self.wish.kafka.bootstrap_servers):
            _confirm()
        events = self._events(console)
        with ExitStack() as stack:
            address = address_of(self.wish)
            if address is not None:
                stack.enter_context(MediaServer(events.supply, *address))
            run, publisher = stack.enter_context(open_run(self.wish, events))
            stopping = stack.enter_context(Stopping())
            with LiveView(run, console):
                result = run.run(publisher, stopping.stopped)
        self._tell(result, console)
        if stopping.signal is not None:
            return SIGNALLED + stopping.signal
        return Exit.OK if result.holds else Exit.MISSED

    def _announce(self, console: Console) -> None:
        wish = self.wish
        topic, setting = wish.topic
        brokers = ", ".join(wish.kafka.bootstrap_servers)
        schedule = wish.schedule
        media = "inside the events" if wish.prefix is None else f"at {wish.prefix}"
        _print(console, f"Run {wish.run.name}: {schedule.about} uploads to {topic} ({setting})")
        _print(console, f"  at {brokers}, {schedule.rate:g}/s for {schedule.duration_s:g} s")
        _print(console, f"  tenant {wish.run.tenant}, media {media}")
        _print(console, "  Workers will judge them: GPU time, verdicts, entries in the cache.")
        if wish.prefix is not None:
            for obstacle in obstacles(wish.prefix, self.settings.fetch, wish.run.tenant):
                said = f"  ! {obstacle}: workers with these settings will refuse the media"
                _print(console, said)

    def _events(self, console: Console) -> Events:
        supply, wish = self._supply(console), self.wish
        popularity = Popularity(wish.duplicates, supply.contents, wish.schedule.seed)
        return Events(wish.run, supply, popularity, wish.prefix)

    def _supply(self, console: Console) -> Supply:
        wish = self.wish
        try:
            if wish.folder is not None:
                found = FolderSupply.of(wish.folder, wish.schedule.seed, wish.largest)
                if found.left_out:
                    said = f"  ! {found.left_out} files left out: too large to stand inside events"
                    _print(console, said)
                return found
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
            with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
                task = bar.add_task("Drawing media", total=parts_of(wish.clip_share))
                return draw_stock(
                    clip_share=wish.clip_share,
                    seed=wish.schedule.seed,
                    first=secrets.randbits(FIRST_BITS),
                    largest=wish.largest,
                    drawn=lambda: bar.advance(task),
                )
        except (NoFiles, NothingFits) as error:
            fail(str(error), Exit.USAGE)

    def _tell(self, result: Result, console: Console) -> None:
        shown = Console()
        for table in tables_of(result):
            shown.print(table)
        for note in result.notes:
            _print(console, f"! {note}")
        if self.report is None:
            return
        try:
            write_whole(self.report, (json.dumps(result.as_json(), indent=2) + "\n").encode())
        except OSError as error:
            fail(f"--json: {self.report} cannot be written: {error.strerror}", Exit.FAILED)
        _print(console, f"Wrote {self.report}")


def _confirm() -> None:
    if not sys.stdin.isatty():
        fail("The brokers are on another machine: say --yes if that is meant", Exit.USAGE)
    typer.confirm("The brokers are on another machine. Go on?", abort=True, err=True)


def _print(console: Console, said: str) -> None:
    console.print(printable(said), markup=False, highlight=False, soft_wrap=True)
