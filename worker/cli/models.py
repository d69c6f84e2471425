"""`ivy-worker models`: the weights."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Annotated, Any, Self

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from worker.cli.exits import Exit, fail
from worker.models.fetched import FetchFailed
from worker.models.spec import load_spec
from worker.units import as_bytes

app = typer.Typer(help="The weights of the model.", no_args_is_help=True)

FETCH_EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker models fetch --spec ivy-fake --revision COMMIT --into /models/ivy-fake

  ivy-worker models fetch --spec ivy-fake --revision COMMIT --into /models/ivy-fake
  --checksums sums.txt   (as `sha256sum *` writes it)

  HF_ENDPOINT=https://hub-mirror.example.com ivy-worker models fetch --spec ivy-fake
  --revision main --allow-moving --into models/
"""

SAY_EVERY_S = 10.0
"""Between two lines of progress where nobody sits at a terminal, as in a pod's log."""


@app.callback()
def _models() -> None:
    """Keeps `fetch` a command of its own while it is the only one."""


@app.command("fetch", epilog=FETCH_EXAMPLES)
def fetch_weights(
    revision: Annotated[
        str, typer.Option(metavar="COMMIT", help="40 hexadecimal digits: the pinned weights.")
    ],
    into: Annotated[Path, typer.Option(metavar="DIR", help="Folder for them; made if need be.")],
    spec: Annotated[
        str, typer.Option(metavar="SPEC", help="Model spec, by name or as a YAML file.")
    ] = "ivy-fake",
    source: Annotated[
        str | None,
        typer.Option(metavar="OWNER/NAME", help="Repository, in place of the spec's own."),
    ] = None,
    checksums: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="SHA-256 of every file, as sha256sum writes it."),
    ] = None,
    allow_moving: Annotated[
        bool, typer.Option("--allow-moving", help="Take a branch or a tag as the revision, too.")
    ] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Read a complete folder again, byte by byte.")
    ] = False,
) -> None:
    """Fetch weights from the hub, check them, and mark the folder as complete.

    Does nothing where it is complete; after an interruption, files that are whole are kept. Only
    safetensors, configuration and tokenizer are taken. HF_ENDPOINT names another hub, HF_TOKEN an
    account.
    """
    from worker.models.fetch import Watcher, Wish, check_revision, fetch, source_of

    # The client's threads would finish their files first.
    signal.signal(signal.SIGINT, _interrupted)
    try:
        wish = Wish(
            source=source or source_of(load_spec(spec)),
            revision=revision,
            into=into,
            checksums=checksums,
            allow_moving=allow_moving,
            verify=verify,
        )
        check_revision(wish)
    except FetchFailed as error:
        fail(str(error), Exit.USAGE)
    shown = _Shown()
    try:
        with shown:
            anew = fetch(wish, Watcher(shown.step, shown.done))
    except FetchFailed as error:
        fail(str(error), Exit.FAILED)
    except OSError as error:
        fail(f"{into} cannot be written: {error.strerror or type(error).__name__}", Exit.FAILED)
    said = "is complete" if anew else "was complete already"
    typer.echo(f"{into} {said}: {wish.source} at {revision}.")


def _interrupted(*_: object) -> None:
    sys.stderr.write(
        "\nivy-worker: Interrupted. Files that are whole are kept for the next time.\n"
    )
    sys.stderr.flush()
    os._exit(Exit.INTERRUPTED)


class _Shown:
    """Progress: a bar at a terminal, else a line now and then."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(binary_units=True),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task: Any = None
        self._name, self._total, self._count, self._said = "", 0, 0, 0.0

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def step(self, name: str, total: int) -> None:
        """Another step begins."""
        self._name, self._total, self._count, self._said = name, total, 0, time.monotonic()
        self._task = self._bar.add_task(name, total=total)
        if not self._console.is_terminal:
            self._say()

    def done(self, count: int) -> None:
        """So many bytes more."""
        self._count += count
        self._bar.advance(self._task, count)
        if not self._console.is_terminal and time.monotonic() - self._said >= SAY_EVERY_S:
            self._say()

    def _say(self) -> None:
        self._said = time.monotonic()
        sys.stderr.write(f"{self._name}: {as_bytes(self._count)} of {as_bytes(self._total)}\n")
