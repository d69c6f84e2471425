"""`ivy-worker doctor`: whether everything is there, and works."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from worker.app.doctor import Condition, Diagnosis, look_at_all
from worker.cli.exits import Exit
from worker.cli.options import Assignments, ConfigFile
from worker.settings.relations import check_relations
from worker.settings.settings import load_settings
from worker.telemetry.logs import LogFormat, configure_logs

EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker doctor --config worker.yaml

  ivy-worker doctor --no-model --set kafka.bootstrap_servers=localhost:9092
"""

MARKS = {
    Condition.OK: "[green]✓[/]",
    Condition.WARNING: "[yellow]![/]",
    Condition.BROKEN: "[red]✗[/]",
}


def doctor(
    config: ConfigFile = None,
    assignments: Assignments = None,
    model: Annotated[bool, typer.Option(help="Load the model and test it.")] = True,
) -> None:
    """Check broker, topics, Redis, decoder, GPU and model one by one, and name what is wrong.

    Publishes nothing and joins no group. The exit code is 1 if a part is broken; a warning leaves
    it 0.
    """
    settings = load_settings(config, assignments or ())
    check_relations(settings)
    configure_logs("error", LogFormat.CONSOLE)
    console = Console()

    def say(finding: Diagnosis) -> None:
        console.print(
            f"{MARKS[finding.health]} [bold]{finding.part}[/] ({finding.seconds:.1f} s): "
            f"{escape(finding.said)}"
        )

    findings = asyncio.run(look_at_all(settings, say, model=model))
    if any(finding.health is Condition.BROKEN for finding in findings):
        raise typer.Exit(Exit.FAILED)
