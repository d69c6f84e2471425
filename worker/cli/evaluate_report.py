"""`ivy-worker eval report`: what a run says."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from worker.cli.exits import Exit, fail
from worker.domain.clock import SystemClock
from worker.evaluation.extra import ExtraMissing, require_extra
from worker.evaluation.manifest import RunInvalid

if TYPE_CHECKING:
    from worker.evaluation.outcome import Outcome
    from worker.evaluation.report.report import Report, Wish

EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker eval report runs/a --html a.html --markdown a.md

  ivy-worker eval report runs/a --json | jq '.sections[0].overall.auc'

  ivy-worker eval report runs/a --html a.html --gpu-hour-price 2.50 --table genimage
"""


def report(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder.", show_default=False)],
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it as a page, pictures in it.")
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it as Markdown.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Everything as JSON on standard output.")
    ] = False,
    table: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A table of the paper: ivy-fake, genimage, chameleon or genvideo; repeatable."
            " Without it the set's generators tell.",
        ),
    ] = None,
    errors: Annotated[
        int, typer.Option(metavar="N", min=0, max=100, help="Wrong answers shown of each label.")
    ] = 12,
    resamples: Annotated[
        int, typer.Option(metavar="N", min=100, max=100_000, help="Of the bootstrap.")
    ] = 1000,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Of the bootstrap.")] = 0,
    gpu_hour_price: Annotated[
        float | None, typer.Option(metavar="PRICE", min=0, help="Of one GPU for an hour.")
    ] = None,
    gpus: Annotated[int, typer.Option(metavar="N", min=1, help="GPUs of one engine.")] = 1,
) -> None:
    """Report a run: metrics with intervals, by generator and other parts, and its worst errors.

    No model is asked. A shard, or a run that was interrupted, is reported as far as it is.
    """
    from worker.evaluation.paper.tables import NAMES
    from worker.evaluation.report.report import Wish

    if unknown := sorted(set(table or ()) - set(NAMES)):
        fail(f"--table: {unknown[0]} is none of {', '.join(NAMES)}", Exit.USAGE)
    for option, file in (("--html", html), ("--markdown", markdown)):
        if file is not None and (file.is_dir() or not file.resolve().parent.is_dir()):
            fail(f"{option}: {file} is no file in a folder that is there", Exit.USAGE)
    wish = Wish(
        resamples=resamples,
        seed=seed,
        errors=errors,
        gpu_hour_price=gpu_hour_price,
        gpus=gpus,
        papers=tuple(table or ()),
    )
    try:
        require_extra()
        made, outcomes = _made(run, wish)
        _write(run, made, outcomes, html, markdown)
    except (RunInvalid, ExtraMissing) as error:
        fail(str(error), Exit.USAGE)
    except OSError as error:
        fail(f"{error.filename} cannot be written: {error.strerror}", Exit.FAILED)
    if as_json:
        sys.stdout.write(made.model_dump_json(indent=2) + "\n")
    elif html is None and markdown is None:
        _show(made)


def _made(run: Path, wish: Wish) -> tuple[Report, list[Outcome]]:
    from worker.evaluation.columns import read_columns, save_column
    from worker.evaluation.journal import read_outcomes
    from worker.evaluation.judge.ledger import Ledger, columns_of
    from worker.evaluation.manifest import load_manifest
    from worker.evaluation.report.explanation import judge_note, measure_notes
    from worker.evaluation.report.report import make_report
    from worker.evaluation.rouge import NAME, reasoned, rouge_column
    from worker.evaluation.sessions import load_sessions
    from worker.evaluation.similarity.column import abouts

    manifest = load_manifest(run)
    outcomes = list(read_outcomes(run))
    if not any(one.answered for one in outcomes):
        raise RunInvalid(f"{run} has no answer yet: go on with it by `ivy-worker eval run`")
    columns = read_columns(run)
    explained = reasoned(outcomes)
    if any(one.key not in columns.get(NAME, {}) for one in explained):
        with Progress(console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("ROUGE-L", total=len(explained))
            columns[NAME] = rouge_column(explained, lambda: progress.advance(task))
        save_column(run, NAME, columns[NAME])
    notes = measure_notes(abouts(run))
    ledger = Ledger(run)
    if (judge := ledger.judge()) is not None:
        judged = ledger.read()
        columns |= columns_of(judged)
        notes.append(judge_note(judge, judged.values()))
    now = SystemClock().now()
    report = make_report(manifest, outcomes, columns, load_sessions(run), wish, now, notes=notes)
    return report, outcomes


def _write(
    run: Path, made: Report, outcomes: list[Outcome], html: Path | None, markdown: Path | None
) -> None:
    from worker.calibration.atomic import write_whole
    from worker.evaluation.report.figures import figures
    from worker.evaluation.report.markdown import render_markdown
    from worker.evaluation.report.page import render_page
    from worker.evaluation.variant import ORIGINAL

    written: list[tuple[Path, str]] = []
    if html is not None:
        drawn = {
            section.form.value: figures(
                [
                    one
                    for one in outcomes
                    if one.answered and one.form is section.form and one.variant == ORIGINAL
                ]
            )
            for section in made.sections
        }
        written.append((html, render_page(made, run, drawn)))
    if markdown is not None:
        written.append((markdown, render_markdown(made)))
    for file, text in written:
        write_whole(file, text.encode())
        Console(stderr=True).print(f"Wrote {file}", markup=False, highlight=False, soft_wrap=True)


def _show(made: Report) -> None:
    from worker.evaluation.report.terminal import tables

    console = Console()
    for one in tables(made):
        console.print(one)
