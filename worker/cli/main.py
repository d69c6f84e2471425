"""`ivy-worker`: all commands under one name."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from worker import __version__
from worker.cli import (
    bench,
    calibrate,
    compare,
    config,
    data,
    demo,
    dlq,
    doctor,
    drift,
    evaluate,
    models,
    plan,
    quarantine,
    run,
    scan,
    schema,
    stress,
    topics,
    train,
)
from worker.cli.exits import reported

app = typer.Typer(
    name="ivy-worker",
    help="Tells AI-generated images and videos from real ones on a Kafka stream, and says why.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command("run", epilog=run.EXAMPLES)(run.run)
app.command("scan", epilog=scan.EXAMPLES)(scan.scan)
app.command("calibrate", epilog=calibrate.EXAMPLES)(calibrate.calibrate)
app.command("compare", epilog=compare.EXAMPLES)(compare.compare_verdicts)
app.command("demo", epilog=demo.EXAMPLES)(demo.demo)
app.command("doctor", epilog=doctor.EXAMPLES)(doctor.doctor)
app.command("bench", epilog=bench.EXAMPLES)(bench.bench)
app.command("plan", epilog=plan.EXAMPLES)(plan.plan)
app.command("stress", epilog=stress.EXAMPLES)(stress.stress)
app.add_typer(evaluate.app, name="eval")
app.add_typer(data.app, name="data")
app.add_typer(train.app, name="train")
app.add_typer(dlq.app, name="dlq")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(drift.app, name="drift")
app.add_typer(models.app, name="models")
app.add_typer(config.app, name="config")
app.add_typer(schema.app, name="schema")
app.add_typer(topics.app, name="topics")


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
