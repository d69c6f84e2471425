"""`ivy-worker demo`: see it all at work, with nothing installed but Python."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from worker.cli.exits import Exit, fail
from worker.demo.extra import ExtraMissing, require_extra
from worker.models.spec import load_spec
from worker.telemetry.logs import LogFormat, configure_logs

EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker demo

  ivy-worker demo --media ~/Pictures

  ivy-worker demo --keep   (broker and Redis stay up for you to look at)
"""


def demo(
    media: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", exists=True, file_okay=False, help="Your own files, not drawn samples."
        ),
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave everything up at the end, until Ctrl-C.")
    ] = False,
    model: Annotated[
        str, typer.Option(metavar="SPEC", help="Model spec, by name or as a YAML file.")
    ] = "tiny-artifacts",
) -> None:
    """Show the whole worker: an embedded Kafka and Redis, real vLLM, sample media, two passes.

    The exit code is 0 only if every upload got its verdict, the second pass was answered by the
    cache, and the labels are better than chance where they are known: the tiny model errs.
    """
    try:
        require_extra("the demo", "`docker compose --profile demo up --build`")
    except ExtraMissing as error:
        fail(str(error), Exit.USAGE)
    from worker.demo.show import NothingToShow, Wish, show

    configure_logs("error", LogFormat.CONSOLE)
    wish = Wish(spec=load_spec(model), model=model, media=media, keep=keep)
    try:
        good = asyncio.run(show(wish, Console()))
    except NothingToShow as error:
        fail(str(error), Exit.USAGE)
    if not good:
        raise typer.Exit(Exit.FAILED)
