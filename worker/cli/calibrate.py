"""`ivy-worker calibrate`: from a labelled set to scores that keep their word."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from worker.app.parts import chosen_spec, questions_at_once
from worker.app.scoring_rooms import open_scoring_rooms
from worker.calibration.agreement import agreement_table, pairs_of
from worker.calibration.extra import ExtraMissing, require_extra
from worker.calibration.file import CalibrationInvalid, load_calibrations, save_calibrations
from worker.calibration.fit import Fitting, check_counts, fit
from worker.calibration.methods import Unfit
from worker.calibration.plot import save_plot
from worker.calibration.sample import select
from worker.calibration.scored import ScoresInvalid, load_scores, save_scores
from worker.calibration.scoring import Scores, score_set
from worker.calibration.table import left_out_table, quality_table
from worker.cli.exits import Exit, fail
from worker.cli.options import Assignments, ConfigFile, settings_at_a_terminal
from worker.domain.answer import ScoreKind
from worker.domain.calibration import Calibrations
from worker.domain.clock import SystemClock
from worker.domain.generation import AnswerForm
from worker.domain.score_mapping import Method
from worker.labelled.items import LabelledSet, LabelledSetInvalid, Truth
from worker.labelled.reader import read_labelled
from worker.settings.settings import Settings

EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker calibrate media/ --to calibrations.yaml --plot plots/   (media/real, media/fake)

  ivy-worker calibrate test.jsonl --to calibrations.yaml --form both --scores scores.jsonl

  ivy-worker calibrate --from-scores scores.jsonl --to calibrations.yaml --method platt
"""


class FormChoice(StrEnum):
    """Which answers are asked for."""

    THINK_FIRST = "think_first"
    VERDICT_FIRST = "verdict_first"
    BOTH = "both"

    @property
    def forms(self) -> tuple[AnswerForm, ...]:
        """As the detector knows them."""
        return tuple(AnswerForm) if self is FormChoice.BOTH else (AnswerForm(self.value),)


class MethodChoice(StrEnum):
    """Which mapping is fitted."""

    AUTO = "auto"
    TEMPERATURE = "temperature"
    PLATT = "platt"
    ISOTONIC = "isotonic"

    @property
    def method(self) -> Method | None:
        """None where the data decide."""
        return None if self is MethodChoice.AUTO else Method(self.value)


NEEDED = {
    AnswerForm.THINK_FIRST: ScoreKind.LABEL_LOGPROBS,
    AnswerForm.VERDICT_FIRST: ScoreKind.VERDICT_FIRST,
}
"""What each form must give. Forced conclusions are few, and calibrated where they are enough."""


def calibrate(
    path: Annotated[
        Path | None,
        typer.Argument(
            metavar="PATH",
            help="Labelled media: a folder with real/ and fake/ in it (or 0_real/ and 1_fake/,"
            " nature/ and ai/), or a .jsonl or .csv of path and label.",
            show_default=False,
        ),
    ] = None,
    to: Annotated[
        Path,
        typer.Option(metavar="FILE", help="Calibrations, YAML or JSON; those of others are kept."),
    ] = Path("calibrations.yaml"),
    form: Annotated[FormChoice, typer.Option(help="How the model answers.")] = (
        FormChoice.THINK_FIRST
    ),
    method: Annotated[
        MethodChoice, typer.Option(help="auto: the least log loss on items not seen.")
    ] = MethodChoice.AUTO,
    plot: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Reliability diagrams, as PNG and SVG.")
    ] = None,
    scores: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep the raw scores, as JSON Lines.")
    ] = None,
    from_scores: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Fit these raw scores; no model is asked."),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Ask about N items, drawn by --seed."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Of folds and of --limit.")] = 0,
    config: ConfigFile = None,
    assignments: Assignments = None,
) -> None:
    """Fit the model's raw scores to labelled media, so that 0.8 means 8 in 10.

    Needs some hundreds of each class. A calibration holds for this model, revision, prompt,
    preprocessing, sampling and form, and is applied to no other. The exit code is 1 if one that
    was asked for could not be fitted.
    """
    wish = _Wish(to, plot, scores, form.forms, method.method, seed)
    try:
        require_extra()
        _check(wish, path, from_scores, limit)
        if path is not None:
            settings = settings_at_a_terminal(config, assignments)
            found = _ask(settings, _labelled(path, limit, seed), wish)
        else:
            assert from_scores is not None
            found = Scores(load_scores(from_scores))
        good = _fit_all(found, wish)
    except UNUSABLE as error:
        fail(str(error), Exit.USAGE)
    except KeyboardInterrupt:
        fail("Interrupted.", Exit.INTERRUPTED)
    if not good:
        raise typer.Exit(Exit.FAILED)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a person asked for."""

    to: Path
    plot: Path | None
    scores: Path | None
    forms: tuple[AnswerForm, ...]
    method: Method | None
    seed: int


class _WishInvalid(Exception):
    """The options do not go together, or name a place that is not there."""


UNUSABLE = (ExtraMissing, CalibrationInvalid, LabelledSetInvalid, ScoresInvalid, _WishInvalid)


def _check(wish: _Wish, path: Path | None, from_scores: Path | None, limit: int | None) -> None:
    """Everything that would be a pity to find out after an hour. Raises ``_WishInvalid``."""
    if (path is None) == (from_scores is None):
        raise _WishInvalid("either PATH or --from-scores is needed, and not both")
    if from_scores is not None and (limit is not None or wish.scores is not None):
        raise _WishInvalid("--limit and --scores are for asking a model, not for --from-scores")
    for option, file in (("--to", wish.to), ("--scores", wish.scores)):
        if file is not None and (file.is_dir() or not file.resolve().parent.is_dir()):
            raise _WishInvalid(f"{option}: {file} is no file in a folder that is there")
    if wish.plot is not None and wish.plot.exists() and not wish.plot.is_dir():
        raise _WishInvalid(f"--plot: {wish.plot} is no folder")
    _known(wish.to)


def _known(to: Path) -> Calibrations:
    """What the file has already. Raises ``CalibrationInvalid`` rather than write over it."""
    return load_calibrations(to) if to.exists() else Calibrations()


def _labelled(path: Path, limit: int | None, seed: int) -> LabelledSet:
    labelled = read_labelled(path)
    if limit is not None:
        labelled = labelled.sample(limit, seed)
    try:
        check_counts(labelled.count(Truth.REAL), labelled.count(Truth.FAKE))
    except Unfit as unfit:
        raise LabelledSetInvalid(f"{path} cannot be calibrated on: {unfit}") from unfit
    return labelled


def _ask(settings: Settings, labelled: LabelledSet, wish: _Wish) -> Scores:
    console = Console(stderr=True)
    if labelled.left_out:
        console.print(f"{labelled.left_out} files lie in no folder that is a label.")
    found = asyncio.run(_score(settings, labelled, wish.forms, console))
    if wish.scores is not None:
        save_scores(found.items, wish.scores)
        console.print(f"Wrote {wish.scores}", markup=False, highlight=False)
    return found


async def _score(
    settings: Settings, labelled: LabelledSet, forms: tuple[AnswerForm, ...], console: Console
) -> Scores:
    spec = chosen_spec(settings)
    if spec.notice:
        console.print(f"[yellow]{spec.notice}[/]")
    async with AsyncExitStack() as stack:
        with console.status(f"Loading {spec.id} ..."):
            rooms = await stack.enter_async_context(open_scoring_rooms(settings))
        progress = stack.enter_context(
            Progress(
                TextColumn("{task.description}"),
                BarColumn(bar_width=None),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TimeRemainingColumn(),
                console=console,
            )
        )
        task = progress.add_task("Asking", total=len(labelled.items))
        return await score_set(
            labelled,
            forms,
            rooms,
            at_once=questions_at_once(settings),
            done=lambda: progress.advance(task),
        )


def _fit_all(found: Scores, wish: _Wish) -> bool:
    """Fit, show, write. Whether there is a calibration for every form that was asked for."""
    console = Console()
    selection = select(found.items, wish.forms)
    if found.failures or selection.left_out:
        console.print(left_out_table(found.failures, selection.left_out))
    missing = {NEEDED[form] for form in wish.forms}
    fittings = []
    for sample in selection.samples:
        try:
            fitting = fit(sample, now=SystemClock().now(), method=wish.method, seed=wish.seed)
        except Unfit as unfit:
            said = f"{sample.kind} is not calibrated: {unfit}."
            console.print(said, markup=False, highlight=False, soft_wrap=True)
            continue
        missing.discard(sample.kind)
        fittings.append(fitting)
        console.print(quality_table(fitting))
        if not fitting.improves:
            console.print("The raw scores were no worse: this calibration gains nothing.")
    for kind in sorted(missing - {sample.kind for sample in selection.samples}):
        console.print(f"{kind} is not calibrated: there is no such score.")
    if pairs := pairs_of(found.items):
        console.print(agreement_table(pairs))
    if fittings:
        _write(fittings, wish, console)
    return not missing


def _write(fittings: list[Fitting], wish: _Wish, console: Console) -> None:
    calibrations = _known(wish.to)  # once more: another run may have written meanwhile
    for fitting in fittings:
        calibrations = calibrations.having(fitting.calibration)
    written = [wish.to]
    if wish.plot is not None:
        wish.plot.mkdir(parents=True, exist_ok=True)
        for fitting in fittings:
            written.extend(save_plot(fitting, wish.plot))
    save_calibrations(calibrations, wish.to)
    for path in written:
        console.print(f"Wrote {path}", markup=False, highlight=False, soft_wrap=True)
