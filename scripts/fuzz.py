"""Coverage-guided fuzzing: python -m scripts.fuzz TARGET|all|media --seconds N.

``all`` are the readers of bytes and text, each under atheris in a process of its own; ``media``
sends mutated files through the real decode process. What breaks something is kept in
``tests/fuzz/corpus/``, is printed with how to repeat it, and is replayed by the tests from then on.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tests.fuzz import media_run
from tests.fuzz.campaign import ROOT, Run, fuzz, minimise
from tests.fuzz.registry import NAMES
from worker.telemetry.logs import LogFormat, configure_logs

ALL, MEDIA = "all", "media"


def main() -> int:
    """The exit code: 1 if something broke."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m scripts.fuzz")
    parser.add_argument(
        "target",
        choices=(ALL, MEDIA, *NAMES),
        metavar="TARGET",
        nargs="?",
        default=ALL,
        help=f"{ALL}, {MEDIA}, or one of: {', '.join(NAMES)}",
    )
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--seed", type=int, default=0, help="0: another one each time")
    parser.add_argument("--at-once", type=int, default=1, help="targets at the same time")
    parser.add_argument(
        "--keep",
        action="store_true",
        help="choose the corpus anew, out of what was kept and what reached something new",
    )
    wish = parser.parse_args()
    configure_logs("error", LogFormat.CONSOLE)
    console = Console()
    if wish.target == MEDIA:
        report = asyncio.run(media_run.run(seconds=wish.seconds, seed=wish.seed))
        console.print(Text(report.told()))
        return 0 if report.clean else 1
    names = NAMES if wish.target == ALL else (wish.target,)
    with (
        tempfile.TemporaryDirectory(prefix="ivy-fuzz-") as work,
        ThreadPoolExecutor(wish.at_once) as pool,
    ):
        runs = list(
            pool.map(
                lambda name: fuzz(name, wish.seconds, Path(work) / name, seed=wish.seed), names
            )
        )
        added = {
            run.target: minimise(run.target, run.new) if wish.keep and run.clean else 0
            for run in runs
        }
    console.print(_table(runs, added))
    for run in runs:
        _tell_crashes(console, run)
    return 0 if all(run.clean for run in runs) else 1


def _table(runs: list[Run], added: dict[str, int]) -> Table:
    table = Table(box=None, header_style="bold")
    table.add_column("target")
    for name in ("executions", "a second", "peak MB", "new", "kept", "crashes"):
        table.add_column(name, justify="right")
    for run in runs:
        figures = (run.executions, run.per_second, run.peak_mb, len(run.new), added[run.target])
        crashes = Text(str(len(run.crashes)), style="red" if run.crashes else "green")
        table.add_row(run.target, *(f"{figure:,}" for figure in figures), crashes)
    return table


def _tell_crashes(console: Console, run: Run) -> None:
    for path in run.crashes:
        where = path.relative_to(ROOT)
        console.print(Text(f"\n{run.target}: {where}\n{run.fault}"))
        console.print(
            Text(f"again: python -m tests.fuzz.atheris_target {run.target} {where}"), style="bold"
        )


if __name__ == "__main__":
    sys.exit(main())
