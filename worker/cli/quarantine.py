"""`ivy-worker quarantine`: contents over which the engine died."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from worker.cache.config import CacheConfig
from worker.cache.quarantine import Quarantine, Suspect
from worker.cli.exits import Exit, fail
from worker.cli.options import Assignments, ConfigFile, settings_at_a_terminal

app = typer.Typer(
    help="See the contents over which the engine died, and let them in again.",
    no_args_is_help=True,
)

LS_EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker quarantine ls

  ivy-worker quarantine ls --convicted --json | jq -r .sha256
"""
LIFT_EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker quarantine lift sha256:9f2c...

  ivy-worker quarantine lift --all

  ivy-worker quarantine lift --all && ivy-worker dlq replay --reason engine_killed
"""

HASH = re.compile(r"(?:sha256:)?([0-9a-fA-F]{64})")

COLUMNS = ("content", "model", "standing", "deaths", "among", "last death", "forgotten in")


@app.command("ls", epilog=LS_EXAMPLES)
def ls(
    convicted: Annotated[
        bool, typer.Option("--convicted", help="Only those that go to the dead letters.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    config: ConfigFile = None,
    assignments: Assignments = None,
) -> None:
    """List them, the latest death first: a table on a terminal, elsewhere lines with tabs between.

    Suspected: the engine died while it was in it among others, and it is asked about apart from
    them. Convicted: the engine died while it was in it alone, and it goes to the dead letters.
    """
    with Quarantine(_cache_of(config, assignments)) as quarantine:
        suspects = [
            one for one in quarantine.suspects() if one.suspicion.convicted or not convicted
        ]
    suspects.sort(key=lambda one: (-one.suspicion.last_death_ms, str(one.key)))
    if as_json:
        sys.stdout.writelines(f"{json.dumps(_object(suspect))}\n" for suspect in suspects)
    else:
        _print(Console(), suspects)


@app.command("lift", epilog=LIFT_EXAMPLES)
def lift(
    hashes: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SHA256...", help="Contents, as ls and verdicts name them.", show_default=False
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Say the count as JSON.")] = False,
    config: ConfigFile = None,
    assignments: Assignments = None,
) -> None:
    """Forget what is held against contents, under every model.

    They are asked about like any other from the next event on. An event that went to the dead
    letters stays there: `dlq replay` brings it back.
    """
    if everything == bool(hashes):
        fail("lift needs either contents, by their SHA-256, or --all", Exit.USAGE)
    contents: list[str | None] = [_sha256(text) for text in hashes or ()] or [None]
    with Quarantine(_cache_of(config, assignments)) as quarantine:
        counts = [quarantine.lift(content) for content in contents]
    total = sum(counts)
    if as_json:
        sys.stdout.write(f"{json.dumps({'lifted': total})}\n")
    else:
        sys.stdout.write(f"lifted {total}\n")
    for content, count in zip(contents, counts, strict=True):
        if content is not None and not count:
            sys.stderr.write(f"nothing is held against {content}\n")
    if not everything and 0 in counts:
        raise typer.Exit(Exit.FAILED)


def _sha256(text: str) -> str:
    found = HASH.fullmatch(text)
    if found is None:
        fail(f"{text[:80]!r} is no SHA-256: 64 hexadecimal digits, as ls has them", Exit.USAGE)
    return found[1].lower()


def _cache_of(config: Path | None, assignments: Sequence[str] | None) -> CacheConfig:
    """The settings of the cache. Raises ``SettingsInvalid``."""
    return settings_at_a_terminal(config, assignments).cache


def _object(suspect: Suspect) -> dict[str, object]:
    suspicion = suspect.suspicion
    return {
        "sha256": suspect.key.sha256,
        "model": suspect.key.fingerprint,
        "standing": suspicion.standing.value,
        "deaths": suspicion.deaths,
        "among": suspicion.among,
        "last_death": _moment(suspicion.last_death_ms),
        "forgotten_in_s": suspect.left_s,
    }


def _row(suspect: Suspect) -> list[str]:
    *cells, left_s = _object(suspect).values()
    return [*(str(cell) for cell in cells), f"{left_s} s"]


def _print(console: Console, suspects: Sequence[Suspect]) -> None:
    if not console.is_terminal:
        # Not by rich, which turns tabs into spaces.
        console.file.writelines("\t".join(_row(suspect)) + "\n" for suspect in suspects)
        return
    table = Table(box=None, header_style="bold")
    for name in COLUMNS:
        table.add_column(name, no_wrap=name != "content", overflow="fold")
    for suspect in suspects:
        table.add_row(*_row(suspect))
    console.print(table)


def _moment(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="seconds")
