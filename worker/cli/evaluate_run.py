"""`ivy-worker eval run|merge`: ask the model about a labelled set."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
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
from worker.app.scoring_rooms import open_rooms_around, open_scoring_rooms
from worker.cli.calibrate import FormChoice
from worker.cli.data_options import LayoutName, MediaFolder, SetPath, read_set
from worker.cli.evaluate_fit import EncoderFolder, check_apart
from worker.cli.exits import Exit, fail
from worker.cli.options import Assignments, ConfigFile, settings_at_a_terminal
from worker.domain.failure import Reason
from worker.domain.generation import AnswerForm
from worker.evaluation.baselines.fit import FitInvalid
from worker.evaluation.baselines.image_encoder import ImageEncoderUnusable
from worker.evaluation.baselines.registry import Chosen, choose
from worker.evaluation.manifest import Question, RunInvalid, SetUsed
from worker.evaluation.merge import merge
from worker.evaluation.plan import Plan, plan
from worker.evaluation.run import Run
from worker.evaluation.shard import Shard, ShardInvalid
from worker.evaluation.variants.registry import NAMES, SUITES, VariantInvalid, variants
from worker.labelled.items import LabelledSetInvalid
from worker.labelled.splits import of_split
from worker.settings.settings import Settings

EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker eval run media/ --to runs/a                 (media/real, media/fake)

  ivy-worker eval run Ivy-Fake/ --split test --to runs/b --set model.spec=ivy-fake

  ivy-worker eval run test.jsonl --to runs/c.3 --shard 3/8   (then: ivy-worker eval merge)

  ivy-worker eval run media/ --to runs/d --variant jpeg-50 --variant bitrate-200

  ivy-worker eval run media/ --to runs/e --variants robustness --variant canonical

  ivy-worker eval run test/ --to runs/f --detector baseline:residual.json   (ivy-worker eval fit)
"""

UNUSABLE = (
    *(LabelledSetInvalid, RunInvalid, ShardInvalid, VariantInvalid),
    *(FitInvalid, ImageEncoderUnusable),
)

MERGE_EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker eval merge runs/c.* --to runs/c
"""

RunFolder = Annotated[
    Path,
    typer.Option(metavar="DIR", help="The run's folder; the same one again goes on with it."),
]


def run(
    path: SetPath,
    to: RunFolder,
    form: Annotated[FormChoice, typer.Option(help="How the model answers.")] = (
        FormChoice.THINK_FIRST
    ),
    shard: Annotated[
        str, typer.Option(metavar="N/M", help="Only the N-th of M parts, for several GPUs.")
    ] = "1/1",
    limit: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Ask about N items, drawn by --seed."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Of --limit.")] = 0,
    split: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only this part of the set: train, val or test."),
    ] = None,
    variant: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help=f"Ask about the media after this was done to them, too; repeatable: {NAMES}.",
        ),
    ] = None,
    suite: Annotated[
        str | None,
        typer.Option(
            "--variants", metavar="SUITE", help=f"Several such at once: {', '.join(SUITES)}."
        ),
    ] = None,
    detector: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="A baseline in place of the model: baseline:provenance, or baseline:FILE as"
            " `ivy-worker eval fit` writes it.",
        ),
    ] = None,
    encoder: EncoderFolder = None,
    layout: LayoutName = None,
    media: MediaFolder = None,
    config: ConfigFile = None,
    assignments: Assignments = None,
) -> None:
    """Ask the model about every media of a set, and keep what it answers.

    Files are fetched, decoded and asked about as the service does it. Ctrl-C loses nothing: the
    same command goes on where it was. With another model, prompt or set the folder is refused.
    """
    try:
        settings = settings_at_a_terminal(config, assignments)
        part = Shard.read(shard)
        labelled = of_split(read_set(path, layout, media), split)
        if limit is not None:
            labelled = labelled.sample(limit, seed)
        chosen = variants(variant or (), suite)
        baseline = None if detector is None else choose(detector, encoder)
        forms = form.forms if baseline is None else (AnswerForm.VERDICT_FIRST,)
        question = Question(
            set=SetUsed.of(labelled),
            forms=forms,
            variants=tuple(one.name for one in chosen),
            shard=part,
        )
        going = Run(to, question)
        planned = plan(part.part(labelled), forms, chosen, going.done)
        _tell_before(planned, len(going.done))
        if baseline is not None:
            check_apart(baseline, labelled)
        passing = (
            asyncio.run(_go(settings, going, planned, baseline)) if planned.tasks else Counter()
        )
    except UNUSABLE as error:
        fail(str(error), Exit.USAGE)
    except OSError as error:
        fail(f"{to} cannot be written: {error.strerror}", Exit.FAILED)
    except KeyboardInterrupt:
        fail(f"Interrupted. The same command goes on with {to}.", Exit.INTERRUPTED)
    _tell_after(to, passing)


def _tell_before(planned: Plan, done: int) -> None:
    console = Console(stderr=True)
    if planned.repeated:
        console.print(f"{planned.repeated} items stand in the set twice, and are asked once.")
    if done:
        console.print(f"{done} answers are there already; {planned.questions} are missing.")


async def _go(
    settings: Settings, going: Run, planned: Plan, baseline: Chosen | None
) -> Counter[Reason]:
    console = Console(stderr=True)
    if baseline is None:
        spec = chosen_spec(settings)
        name, notice, at_once = spec.id, spec.notice, questions_at_once(settings)
        opening = open_scoring_rooms(settings)
    else:
        name, notice = baseline.detector.identity.id, baseline.notice
        at_once = 2 * settings.decode.processes
        opening = open_rooms_around(settings, baseline.detector, provenance=baseline.provenance)
    if notice:
        console.print(f"[yellow]{notice}[/]")
    async with AsyncExitStack() as stack:
        with console.status(f"Loading {name} ..."):
            rooms = await stack.enter_async_context(opening)
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
        task = progress.add_task("Asking", total=planned.questions)
        return await going.go(
            planned,
            rooms,
            at_once=at_once,
            done=lambda count: progress.advance(task, count),
            notice=notice,
        )


def _tell_after(to: Path, passing: Counter[Reason]) -> None:
    if passing:
        reasons = ", ".join(f"{reason.value} ({count})" for reason, count in passing.most_common())
        fail(
            f"{passing.total()} media failed for reasons that may pass: {reasons}. The same"
            " command asks about them again.",
            Exit.FAILED,
        )
    Console(stderr=True).print(
        f"Every item has its outcome. Next: ivy-worker eval report {to}",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


def merge_shards(
    shards: Annotated[
        list[Path],
        typer.Argument(metavar="RUN...", help="The folders of all shards.", show_default=False),
    ],
    to: Annotated[Path, typer.Option(metavar="DIR", help="The whole run's folder, a new one.")],
) -> None:
    """Put the shards of a run together, whatever machines they were made on.

    All must be there, of one set, model, prompt and engine.
    """
    try:
        count = merge(shards, to)
    except RunInvalid as error:
        fail(str(error), Exit.USAGE)
    except OSError as error:
        fail(f"{to} cannot be written: {error.strerror}", Exit.FAILED)
    Console(stderr=True).print(
        f"Wrote {to}: {count} outcomes", markup=False, highlight=False, soft_wrap=True
    )
