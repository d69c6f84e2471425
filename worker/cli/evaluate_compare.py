"""`ivy-worker eval compare`: one run against another, and a gate for CI."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from worker.cli.exits import Exit, fail
from worker.domain.clock import SystemClock
from worker.domain.generation import AnswerForm
from worker.evaluation.extra import ExtraMissing, require_extra
from worker.evaluation.manifest import RunInvalid

if TYPE_CHECKING:
    from worker.evaluation.comparison.comparison import Comparison, Wish

EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker eval compare runs/live runs/new --html compare.html

  ivy-worker eval compare runs/live runs/new --fail-if-worse accuracy:0.01 --surely   (in CI)

  ivy-worker eval compare runs/a runs/a --form think_first --form-b verdict_first
"""


def compare_runs(
    before: Annotated[
        Path, typer.Argument(metavar="RUN_A", help="The earlier run.", show_default=False)
    ],
    after: Annotated[
        Path, typer.Argument(metavar="RUN_B", help="The later run.", show_default=False)
    ],
    form: Annotated[
        AnswerForm | None, typer.Option(help="Of both runs, where they have two.")
    ] = None,
    form_b: Annotated[
        AnswerForm | None, typer.Option("--form-b", help="Of the later run, if another.")
    ] = None,
    fail_if_worse: Annotated[
        list[str] | None,
        typer.Option(
            metavar="METRIC:MARGIN",
            help="Exit with 1 if the later run's accuracy, balanced_accuracy, macro_f1 or auc is"
            " lower by more than the margin; repeatable.",
        ),
    ] = None,
    surely: Annotated[
        bool,
        typer.Option("--surely", help="Gates look at the lower end of the 95 % interval instead."),
    ] = False,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it as a page, pictures in it.")
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it as Markdown.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Everything as JSON on standard output.")
    ] = False,
    changed: Annotated[
        int, typer.Option(metavar="N", min=0, max=1000, help="Changed media that are shown.")
    ] = 40,
    resamples: Annotated[
        int, typer.Option(metavar="N", min=100, max=100_000, help="Of the bootstrap.")
    ] = 1000,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Of the bootstrap.")] = 0,
) -> None:
    """Compare two runs on the media that both answered: McNemar's test, paired intervals, changes.

    The exit code is 1 if nothing could be compared, or by --fail-if-worse.
    """
    from worker.evaluation.comparison.comparison import Wish
    from worker.evaluation.comparison.gate import Gate, GateInvalid

    for option, file in (("--html", html), ("--markdown", markdown)):
        if file is not None and (file.is_dir() or not file.resolve().parent.is_dir()):
            fail(f"{option}: {file} is no file in a folder that is there", Exit.USAGE)
    try:
        require_extra()
        wish = Wish(
            resamples=resamples,
            seed=seed,
            changed=changed,
            gates=tuple(Gate.read(written) for written in fail_if_worse or ()),
            surely=surely,
        )
        found = _compared((before, after), (form, form_b or form), wish)
        _write(found, (before, after), html, markdown)
    except (RunInvalid, ExtraMissing, GateInvalid) as error:
        fail(str(error), Exit.USAGE)
    except OSError as error:
        fail(f"{error.filename} cannot be written: {error.strerror}", Exit.FAILED)
    _show(found, as_json=as_json)
    if broken := [one.because for one in found.gates if not one.passed]:
        fail("; ".join(broken), Exit.FAILED)


def _compared(
    folders: tuple[Path, Path], forms: tuple[AnswerForm | None, AnswerForm | None], wish: Wish
) -> Comparison:
    from worker.evaluation.comparison.comparison import Side, compare
    from worker.evaluation.comparison.pairs import form_of, join
    from worker.evaluation.journal import read_outcomes
    from worker.evaluation.manifest import load_manifest

    sides, answers = [], []
    for folder, wanted in zip(folders, forms, strict=True):
        manifest = load_manifest(folder)
        outcomes = list(read_outcomes(folder))
        form = form_of(outcomes, wanted, str(folder))
        sides.append(Side(name=f"{folder.name} ({form})", form=form, run=manifest))
        answers.append([one for one in outcomes if one.form is form])
    joined = join(*answers)
    if not joined.pairs:
        fail(
            f"nothing could be compared: {joined.only_before} media have an answer in"
            f" {folders[0]} alone, {joined.only_after} in {folders[1]} alone,"
            f" {joined.other_bytes} have other bytes in each",
            Exit.FAILED,
        )
    return compare(sides[0], sides[1], joined, wish, SystemClock().now())


def _write(
    found: Comparison, folders: tuple[Path, Path], html: Path | None, markdown: Path | None
) -> None:
    from worker.calibration.atomic import write_whole
    from worker.evaluation.comparison.markdown import render_markdown
    from worker.evaluation.comparison.page import render_page

    written: list[tuple[Path, str]] = []
    if html is not None:
        written.append((html, render_page(found, folders)))
    if markdown is not None:
        written.append((markdown, render_markdown(found)))
    for file, text in written:
        write_whole(file, text.encode())
        Console(stderr=True).print(f"Wrote {file}", markup=False, highlight=False, soft_wrap=True)


def _show(found: Comparison, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(found.model_dump_json(indent=2) + "\n")
        return
    from worker.evaluation.comparison.terminal import tables

    console = Console()
    for one in tables(found):
        console.print(one)
