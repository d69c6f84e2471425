"""Hostile media through a real decode process: what comes of each, how long it takes, and how much.

Prints a table: case, outcome, reason, ms, MiB. Ends with 1 if a file killed or hung the process, if
one took more time or memory than it may, or if anything else came of one than was expected.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tests.hostile.case import ANSWERED, Case
from tests.hostile.lab import Lab
from tests.hostile.registry import CASES, FAMILIES, chosen
from tests.hostile.result import Result

WIDTH = 160
"""Of the table where no terminal says how wide it is."""

EXAMPLES = """examples:
  scripts/hostile.py                        all cases
  scripts/hostile.py --only bombs           one family
  scripts/hostile.py --only 'jpeg: *scans'  by name, with wildcards
  scripts/hostile.py --list                 names, families and what is expected
  scripts/hostile.py --json hostile.json    the results as JSON, too
  scripts/hostile.py --write hostile/       the files themselves, to look at with other programs
"""


def main(wish: argparse.Namespace) -> int:
    """Run, print, and tell by the exit status."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH)
    cases = chosen(wish.only)
    if not cases:
        console.print(f"no case is like {wish.only!r}; --list has their names", markup=False)
        return 2
    if wish.list:
        console.print(_listing(cases))
        return 0
    if wish.write:
        _write(cases, wish.write)
        return 0
    begun = time.monotonic()
    results = asyncio.run(_run(cases, console))
    console.print(_table(results))
    console.print(_summary(results, time.monotonic() - begun), markup=False, highlight=False)
    if wish.json:
        wish.json.write_text(json.dumps([one.as_json() for one in results], indent=2) + "\n")
    return 0 if all(result.good for result in results) else 1


async def _run(cases: list[Case], console: Console) -> list[Result]:
    results: list[Result] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
        task = progress.add_task("starting a decode process", total=len(cases))
        async with Lab() as lab:
            for case in cases:
                progress.update(task, description=case.name)
                result = await lab.run(case)
                results.append(result)
                progress.advance(task)
                if not result.good:
                    found = "; ".join(result.problems)
                    progress.console.print(f"BAD: {case.name}: {found}", markup=False)
    return results


def _table(results: list[Result]) -> Table:
    table = Table("", "case", "outcome", "reason", "bytes", "ms", "MiB")
    for one in results:
        answered = one.outcome == ANSWERED
        story = "; ".join((one.detail, *(f"NOT AS EXPECTED: {p}" for p in one.problems)))
        table.add_row(
            "ok" if one.good else "BAD",
            one.case.name,
            one.outcome,
            story,
            f"{one.nbytes:,}",
            f"{one.ms:.0f}",
            f"{one.child_mib:.0f}",
            style="red" if not one.good else None if answered else "dim",
        )
    return table


def _summary(results: list[Result], took_s: float) -> str:
    counts = Counter(one.outcome for one in results)
    slowest = max(results, key=lambda one: one.ms)
    biggest = max(results, key=lambda one: one.child_mib)
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in counts.most_common())
    return (
        f"{len(results)} cases in {took_s:.0f} s: {outcomes}\n"
        f"slowest: {slowest.case.name}, {slowest.ms:.0f} ms\n"
        f"biggest: {biggest.case.name}, {biggest.child_mib:.0f} MiB\n"
        f"not as expected: {sum(not one.good for one in results)}"
    )


def _listing(cases: list[Case]) -> Table:
    families = {case.name: family for family, members in FAMILIES.items() for case in members}
    table = Table("family", "case", "declared as", "expected")
    for case in cases:
        table.add_row(families[case.name], case.name, case.mime or "", case.expected)
    return table


def _write(cases: list[Case], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for case in cases:
        name = "".join(sign if sign.isalnum() else "-" for sign in case.name)
        (folder / name).write_bytes(case.make())


def read_wish() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="hostile.py",
        description=__doc__,
        epilog=EXAMPLES
        + f"\n{len(CASES)} cases in {len(FAMILIES)} families: {', '.join(FAMILIES)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", metavar="PATTERN", help="cases whose name or family is like this")
    parser.add_argument("--list", action="store_true", help="list the cases, and run none")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there, too")
    parser.add_argument(
        "--write", type=Path, metavar="FOLDER", help="write the files there, and run none"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main(read_wish()))
