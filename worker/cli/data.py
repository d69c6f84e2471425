"""`ivy-worker data`: labelled sets, looked after."""

from __future__ import annotations

import typer

from worker.cli import data_check, data_extract

app = typer.Typer(
    help="Labelled sets: unpack, check, describe, filter, split, export, and make them.",
    no_args_is_help=True,
)
app.command("extract", epilog=data_extract.EXAMPLES)(data_extract.extract)
app.command("check", epilog=data_check.EXAMPLES)(data_check.check_set)
