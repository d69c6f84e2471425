"""`ivy-worker doctor`: whether everything is there, and works."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from worker.app.diagnosis import Condition, Diagnosis
from worker.app.doctor import look_at_all
from worker.cli.exits import Exit, fail
from worker.cli.options import Assignments, ConfigFile, settings_at_a_terminal
from worker.printable import printable_lines

EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker doctor --config worker.yaml

  ivy-worker doctor --links --config worker.yaml

  ivy-worker doctor --worker http://localhost:8080 --config worker.yaml

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
    links: Annotated[
        bool,
        typer.Option(
            "--links", help="Look at Kafka and Redis alone; a Redis that is away is broken, too."
        ),
    ] = False,
    worker: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Look at a worker that runs there alone: it has its model, the one of these"
            " settings, and takes events.",
        ),
    ] = None,
) -> None:
    """Check broker, topics, Redis, decoder, GPU and model one by one, and name what is wrong.

    Publishes nothing and joins no group. Whether the rights are there that a worker needs in Kafka
    is asked of the brokers; in Redis, each command is tried on a key that soon vanishes. The exit
    code is 1 if a part is broken; a warning leaves it 0.
    """
    if links and worker is not None:
        fail("--links and --worker exclude each other", Exit.USAGE)
    settings = settings_at_a_terminal(config, assignments)
    console = Console()
    findings = asyncio.run(
        look_at_all(
            settings,
            lambda finding: tell(console, finding),
            model=model,
            only_links=links,
            only_worker=worker,
        )
    )
    if any(finding.health is Condition.BROKEN for finding in findings):
        raise typer.Exit(Exit.FAILED)


def tell(console: Console, finding: Diagnosis) -> None:
    """One part. What brokers and servers say of themselves is among it."""
    mark = Text.from_markup(f"{MARKS[finding.health]} [bold]{finding.part}[/]")
    said = printable_lines(finding.said)
    console.print(Text.assemble(mark, f" ({finding.seconds:.1f} s): {said}"))
