"""`ivy-worker scan`: the pipeline without Kafka, on files and URLs."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from worker.app.parts import chosen_spec, open_parts, questions_at_once
from worker.cache.memory import MemoryCache
from worker.cli.exits import Exit, fail
from worker.cli.options import Assignments, ConfigFile, settings_at_a_terminal
from worker.decode.protocol import Decoder
from worker.flow.config import BreakerSettings
from worker.report.live_table import LiveTable, table_of
from worker.report.page import render_page
from worker.report.row import Row
from worker.report.thumbnail import draw_thumbnail
from worker.scan.results import as_json_line
from worker.scan.scanner import Outcome, scan_targets
from worker.scan.targets import NothingToScan, Target, common_root, find_targets
from worker.scan.thumbnailing import ThumbnailingDecoder
from worker.settings.settings import Settings
from worker.telemetry.metrics import Metrics

EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker scan photos/ --report report.html

  ivy-worker scan https://example.com/a.jpg clip.mp4 --json | jq .label

  ivy-worker scan photos/ --set model.spec=tiny   (needs no GPU; knows red from blue only)
"""


def scan(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH|URL...", help="Files, folders and URLs.", show_default=False),
    ],
    config: ConfigFile = None,
    assignments: Assignments = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line on standard output.")
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write an HTML page with thumbnails and reasons."),
    ] = None,
) -> None:
    """Judge files and URLs on this machine, without Kafka or Redis.

    The exit code is 1 if one of them got no verdict.
    """
    settings = settings_at_a_terminal(config, assignments)
    if report is not None and not report.parent.is_dir():
        fail(f"--report: there is no folder {report.parent}", Exit.USAGE)
    try:
        targets = find_targets(paths)
    except NothingToScan as error:
        fail(str(error), Exit.USAGE)
    failures = asyncio.run(_Scan(settings, targets, report=report, as_json=as_json).run())
    if failures:
        raise typer.Exit(Exit.FAILED)


class _Scan:
    """One run of the command."""

    def __init__(
        self, settings: Settings, targets: list[Target], *, report: Path | None, as_json: bool
    ) -> None:
        # Only below what was named, and whatever the settings say about file://.
        fetch = settings.fetch.model_copy(update={"file_root": common_root(targets)})
        # Nobody acts on a scan's hints: they are none of the day's, and are shown as they are.
        breaker = BreakerSettings(max_blocks_per_day=0, jump_factor=0)
        policy = settings.policy.model_copy(update={"breaker": breaker})
        self._settings = settings.model_copy(update={"fetch": fetch, "policy": policy})
        self._targets = targets
        self._report = report
        self._as_json = as_json
        # Progress goes to standard error where standard output is for a program.
        self._console = Console(stderr=as_json)
        self._thumbnails: dict[str, bytes] = {}

    async def run(self) -> int:
        """The number of targets without a verdict."""
        spec = chosen_spec(self._settings)
        if spec.notice:
            self._console.print(f"[yellow]{spec.notice}[/]")
        async with AsyncExitStack() as stack:
            with self._console.status(f"Loading {spec.id} ..."):
                parts = await stack.enter_async_context(
                    open_parts(
                        self._settings,
                        metrics=Metrics(),
                        cache=MemoryCache(),
                        wrap_decoder=self._thumbnailing if self._report else None,
                    )
                )
            with LiveTable(self._console, "Scanning", len(self._targets)) as table:
                outcomes = await scan_targets(
                    parts.pipeline,
                    self._targets,
                    self._shown_in(table),
                    at_once=questions_at_once(self._settings),
                )
        rows = [
            Row.of(target.name, outcome)
            for target, outcome in zip(self._targets, outcomes, strict=True)
        ]
        if not self._as_json:
            self._console.print(table_of(rows, "All results"))
        if self._report is not None:
            page = render_page(rows, self._thumbnails, model=spec.id, notice=spec.notice)
            self._report.write_text(page, encoding="utf-8")
            self._console.print(f"Wrote {self._report}")
        return sum(row.failed for row in rows)

    def _thumbnailing(self, decoder: Decoder) -> Decoder:
        wrapped = ThumbnailingDecoder(decoder, draw_thumbnail)
        self._thumbnails = wrapped.thumbnails
        return wrapped

    def _shown_in(self, table: LiveTable) -> Callable[[Target, Outcome], None]:
        def show(target: Target, outcome: Outcome) -> None:
            table.add(Row.of(target.name, outcome))
            if self._as_json:
                sys.stdout.write(as_json_line(target, outcome) + "\n")
                sys.stdout.flush()

        return show
