"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from worker.settings.relations import check_relations
from worker.settings.settings import Settings, load_settings
from worker.telemetry.logs import LogFormat, configure_logs

ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", metavar="FILE", help="Settings in YAML; also by the variable IVY_CONFIG."
    ),
]
Assignments = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        "-s",
        metavar="NAME=VALUE",
        help="One setting, such as kafka.consumer.group_id=mine; repeatable.",
    ),
]


def settings_at_a_terminal(config: Path | None, assignments: Sequence[str] | None) -> Settings:
    """A command's settings; its logs are of errors only. Raises ``SettingsInvalid``."""
    settings = load_settings(config, assignments or ())
    check_relations(settings)
    configure_logs("error", LogFormat.CONSOLE)
    return settings
