"""Measure the rows, show the table, keep the rounds.

    make bench                                   all rows, full size
    make bench ARGS="--short"                    all rows, small: minutes
    make bench ARGS="decode-image plumbing"      these
    make bench ARGS="--json bench.json"          and keep every round

Nothing fails by a figure: those of a shared machine are noise as much as speed. One that is far
below what was seen before is told in a line of its own. Exit code 0 unless a row could not be
measured.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from scripts.bench.figure import Figure
from scripts.bench.guards import below
from scripts.bench.machine import machine
from scripts.bench.row import Bench
from scripts.bench.rows import ROWS
from scripts.bench.size import FULL, SHORT, Size
from scripts.bench.table import table
from worker.telemetry.logs import LogFormat, configure_logs


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(
        prog="make bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(ROWS)}")
    parser.add_argument("--short", action="store_true", help="small rounds, fewer of them")
    parser.add_argument("--rounds", type=int, help="of each row")
    parser.add_argument(
        "--json", type=Path, metavar="FILE", default=Path("build/bench.json"), help="all rounds"
    )
    wanted = parser.parse_args()
    unknown = set(wanted.rows) - set(ROWS)
    if unknown:
        parser.error(f"there is no row {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
    if wanted.rounds is not None and wanted.rounds < 1:
        parser.error("--rounds: at least 1")
    size = SHORT if wanted.short else FULL
    if wanted.rounds:
        size = size.of(wanted.rounds)
    console = Console()
    configure_logs("error", LogFormat.CONSOLE)  # of our parts in this process
    seen = machine()
    figures: list[Figure] = []
    failed = []
    for name in wanted.rows or ROWS:
        try:
            figures.extend(_measured(name, size, console))
        except Exception as error:  # noqa: BLE001 - one row's, and the others are still to come
            console.print(f"{name}: {type(error).__name__}: {error}", style="red", markup=False)
            failed.append(name)
        _keep(wanted.json, seen, size, figures)  # each row's: all of them take hours
    if figures:
        console.print(table(figures))
    for line in below(figures):
        console.print(f"warning: {line}", style="yellow", markup=False)
    console.print(f"Wrote {wanted.json}", markup=False)
    sys.exit(bool(failed))


def _measured(name: str, size: Size, console: Console) -> tuple[Figure, ...]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with (
        tempfile.TemporaryDirectory(prefix="ivy-bench-") as folder,
        Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress,
    ):
        task = progress.add_task(name, total=size.rounds)
        found = ROWS[name](Bench(size, Path(folder), lambda: progress.advance(task)))
    return found if isinstance(found, tuple) else (found,)


def _keep(file: Path, seen: dict[str, object], size: Size, figures: list[Figure]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "schema_version": "1",
        "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": seen,
        "rounds": size.rounds,
        "figures": [one.as_json() for one in figures],
    }
    file.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
