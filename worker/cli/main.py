"""`ivy-worker`: all commands under one name."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from worker import __version__
from worker.cli.commands import LazyGroup
from worker.cli.exits import reported

app = typer.Typer(
    cls=LazyGroup,
    name="ivy-worker",
    help="Tells AI-generated images and videos from real ones on a Kafka stream, and says why.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ivy-worker {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Tells AI-generated images and videos from real ones on a Kafka stream, and says why."""


def main() -> None:
    """Entry point of the command."""
    with reported():
        app()
    sys.exit(0)
