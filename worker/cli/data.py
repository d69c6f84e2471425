"""`ivy-worker data`: labelled sets, looked after."""

from __future__ import annotations

import typer

from worker.cli import (
    data_card,
    data_check,
    data_decisions,
    data_export,
    data_extract,
    data_filter,
    data_split,
)

app = typer.Typer(
    help="Labelled sets: unpack, check, describe, filter, split, export, and make them.",
    no_args_is_help=True,
)
app.command("extract", epilog=data_extract.EXAMPLES)(data_extract.extract)
app.command("check", epilog=data_check.EXAMPLES)(data_check.check_set)
app.command("card", epilog=data_card.EXAMPLES)(data_card.card)
app.command("filter", epilog=data_filter.EXAMPLES)(data_filter.filter_set)
app.command("split", epilog=data_split.EXAMPLES)(data_split.split_set)
app.command("export", epilog=data_export.EXAMPLES)(data_export.export_set)
app.command("decisions", epilog=data_decisions.EXAMPLES)(data_decisions.decisions)
