"""`ivy-worker config`: what is set, whether it fits, what could be."""

from __future__ import annotations

import json

import typer
import yaml

from worker.cli.options import Assignments, ConfigFile
from worker.drift.baseline import load_baseline
from worker.settings.listing import shown
from worker.settings.relations import check_relations
from worker.settings.settings import Settings, load_settings

app = typer.Typer(help="Check, show and describe the settings.", no_args_is_help=True)

CHECK_EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker config check --config worker.yaml

  ivy-worker config check --set flow.drain_timeout_s=600
"""
SHOW_EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker config show --config worker.yaml
"""
SCHEMA_EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker config schema > worker.schema.json
"""


@app.command("check", epilog=CHECK_EXAMPLES)
def check(config: ConfigFile = None, assignments: Assignments = None) -> None:
    """Read the settings from everywhere and say whether they can be used, one by one and together.

    Files that they name are read, too. Connects to nothing; `ivy-worker doctor` does.
    """
    settings = load_settings(config, assignments or ())
    check_relations(settings)
    if settings.policy.drift.baseline is not None:
        load_baseline(settings.policy.drift.baseline)
    typer.echo("The settings are fine.")


@app.command("show", epilog=SHOW_EXAMPLES)
def show(config: ConfigFile = None, assignments: Assignments = None) -> None:
    """Print the settings in force as YAML, secrets masked."""
    settings = load_settings(config, assignments or ())
    typer.echo(yaml.safe_dump(shown(settings), sort_keys=False, allow_unicode=True), nl=False)


@app.command("schema", epilog=SCHEMA_EXAMPLES)
def schema() -> None:
    """Print the JSON Schema of the settings file, with every setting described."""
    typer.echo(json.dumps(Settings.model_json_schema(), indent=2))
