"""`ivy-worker schema`: the events, for producers and consumers in any language."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from worker.events.json_schema import upload_schema, verdict_schema

app = typer.Typer(help="JSON Schema of the upload and verdict events.", no_args_is_help=True)

EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker schema export

  ivy-worker schema export --to schemas/
"""


@app.command("export", epilog=EXAMPLES)
def export(
    to: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write upload.schema.json and verdict.schema.json here."),
    ] = None,
) -> None:
    """Print both schemas as one JSON object, or write each to a file of its own."""
    schemas = {"upload": upload_schema(), "verdict": verdict_schema()}
    if to is None:
        typer.echo(json.dumps(schemas, indent=2))
        return
    to.mkdir(parents=True, exist_ok=True)
    for name, schema in schemas.items():
        file = to / f"{name}.schema.json"
        file.write_text(json.dumps(schema, indent=2) + "\n", encoding="utf-8")
        typer.echo(f"wrote {file}")
