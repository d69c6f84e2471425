"""Faults injected into real parts: Kafka in three brokers, Redis, vLLM, and worker processes.

Prints a table: scenario, events, lost, duplicated, recovery time. Ends with 1 if any event was lost
or anything else was not as docs/delivery.md promises.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import get_args

from rich.console import Console
from rich.table import Table

from tests.faults.lab import opened
from tests.faults.registry import SCENARIOS, chosen, run
from tests.faults.result import Result
from tests.faults.size import Size
from worker.stream.config import Client

WIDTH = 160
"""Of the table where no terminal says how wide it is."""

HEADS = (
    "",
    "scenario",
    "form",
    "events",
    "lost",
    "duplicated",
    "recovery",
    "took",
    "what happened",
)


def main(wish: argparse.Namespace) -> int:
    """Run, print, and tell by the exit status."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH)
    size = Size.SHORT if wish.short else Size.LONG
    folder = Path(tempfile.mkdtemp(prefix="ivy-faults-"))
    begun = time.monotonic()

    def say(what: str) -> None:
        console.print(f"[dim]{time.monotonic() - begun:6.0f} s  {what}[/dim]", highlight=False)

    results: list[Result] = []
    try:
        with opened(folder, say, client=wish.client) as lab:
            for scenario, form in chosen(wish.only, size):
                if wish.form and form not in wish.form:
                    continue
                say(f"{scenario.number}. {scenario.name} ({form})")
                results.append(run(lab, scenario, size, form))
                console.print(_line(results[-1]), markup=False, highlight=False)
    except KeyboardInterrupt:
        console.print("interrupted; nothing is left running")
    finally:
        if wish.keep:
            console.print(f"logs: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    console.print(_table(results))
    if wish.json:
        wish.json.write_text(json.dumps([one.as_json() for one in results], indent=2) + "\n")
    return 0 if results and all(result.good for result in results) else 1


def _line(result: Result) -> str:
    return (
        f"{'ok' if result.good else 'BAD'}: {result.number}. {result.name} ({result.form}):"
        f" {result.events} events, {result.lost} lost, {result.duplicated} duplicated,"
        f" recovery {_seconds(result.recovery_s)}; {result.story}"
        + "".join(f"\n     - {problem}" for problem in result.problems)
    )


def _table(results: list[Result]) -> Table:
    table = Table(*HEADS)
    for one in results:
        happened = "; ".join((one.story, *(f"NOT AS PROMISED: {p}" for p in one.problems)))
        cells = (one.number, one.name, one.form, one.events, one.lost, one.duplicated)
        table.add_row(
            *(str(cell) for cell in cells),
            _seconds(one.recovery_s),
            _seconds(one.seconds),
            happened,
            style=None if one.good else "red",
        )
    return table


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} s"


def _numbers(value: str) -> list[int]:
    numbers = [int(part) for part in value.split(",")]
    if unknown := set(numbers) - set(SCENARIOS):
        raise argparse.ArgumentTypeError(f"no such scenario: {sorted(unknown)}")
    return numbers


def read_wish() -> argparse.Namespace:
    """The command line."""
    listing = "\n".join(
        f"  {one.number:2}. {one.name}: {', '.join(one.forms)}" for one in SCENARIOS.values()
    )
    parser = argparse.ArgumentParser(
        prog="faults.py",
        description=__doc__,
        epilog=f"scenarios and their forms:\n{listing}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", type=_numbers, default=[], metavar="1,7", help="these scenarios")
    parser.add_argument(
        "--form", action="append", metavar="FORM", help="only this form of each; may be repeated"
    )
    parser.add_argument(
        "--client",
        choices=get_args(Client),
        default="kafka-python",
        help="the workers' stream.client (default: kafka-python)",
    )
    parser.add_argument("--short", action="store_true", help="the few that a change must pass")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the table there, too")
    parser.add_argument("--keep", action="store_true", help="keep the logs, and say where")
    return parser.parse_args()


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _stop)
    try:
        sys.exit(main(read_wish()))
    except AssertionError:
        traceback.print_exc()
        sys.exit(1)
