"""All commands by their names, each imported when it is asked for.

Together they import half as much again as ``run`` needs, and some of them much more: a worker that
starts is not to wait for that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

FUNCTIONS: Mapping[str, str] = {
    "run": "run",
    "scan": "scan",
    "calibrate": "calibrate",
    "compare": "compare_verdicts",
    "demo": "demo",
    "doctor": "doctor",
    "bench": "bench",
    "plan": "plan",
    "stress": "stress",
}
"""Commands that are one function of the module of their name, with its ``EXAMPLES``."""

GROUPS: Mapping[str, str] = {
    "eval": "evaluate",
    "data": "data",
    "train": "train",
    "dlq": "dlq",
    "quarantine": "quarantine",
    "drift": "drift",
    "models": "models",
    "config": "config",
    "schema": "schema",
    "topics": "topics",
}
"""Commands with commands of their own: the ``app`` of a module."""


@dataclass(frozen=True, slots=True)
class Commands(MutableMapping[str, Any]):
    """Names to commands. Its keys cost nothing; each value is made on first use."""

    made: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        """The command. Raises ``KeyError``."""
        if name not in self.made:
            self.made[name] = _function(name) if name in FUNCTIONS else _group(name)
        return self.made[name]

    def __iter__(self) -> Iterator[str]:
        """In the order in which they are shown."""
        return iter((*FUNCTIONS, *GROUPS))

    def __len__(self) -> int:
        """How many there are."""
        return len(FUNCTIONS) + len(GROUPS)

    def __setitem__(self, name: str, command: Any) -> None:
        """Put one in a place."""
        self.made[name] = command

    def __delitem__(self, name: str) -> None:
        """Forget one."""
        del self.made[name]


class LazyGroup(TyperGroup):
    """A group of these commands."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = Commands({})


def _function(name: str) -> Any:
    module = import_module(f"worker.cli.{name}")
    alone = typer.Typer(add_completion=False, rich_markup_mode="rich")
    alone.command(name, epilog=module.EXAMPLES)(getattr(module, FUNCTIONS[name]))
    return get_command(alone)


def _group(name: str) -> Any:
    group = get_group(import_module(f"worker.cli.{GROUPS[name]}").app)
    group.name = name
    return group
