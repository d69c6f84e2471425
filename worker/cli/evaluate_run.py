"""`ivy-worker eval run|merge`: ask the model about a labelled set."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import replace
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
from worker.cli.calibrate import FormChoice
from worker.cli.data_options import LayoutName, MediaFolder, SetPath, read_set
from worker.cli.exits import Exit, fail
from worker.cli.options import Assignments, ConfigFile, settings_at_a_terminal
from worker.domain.failure import Reason
from worker.evaluation.manifest import Question, RunInvalid, SetUsed
from worker.evaluation.merge import merge
from worker.evaluation.plan import Plan, plan
from worker.evaluation.run import Run
from worker.evaluation.shard import Shard, ShardInvalid
from worker.evaluation.variants.registry import NAMES, SUITES, VariantInvalid, variants
from worker.labelled.items import LabelledSet, LabelledSetInvalid
from worker.settings.settings import Settings

EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker eval run media/ --to runs/a                 (media/real, media/fake)

  ivy-worker eval run Ivy-Fake/ --split test --to runs/b --set model.spec=ivy-fake

  ivy-worker eval run test.jsonl --to runs/c.3 --shard 3/8   (then: ivy-worker eval merge)

  ivy-worker eval run media/ --to runs/d --variant jpeg-50 --variant bitrate-200

  ivy-worker eval run media/ --to runs/e --variants robustness --variant canonical
"""

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
        labelled = _of_split(read_set(path, layout, media), split)
        if limit is not None:
            labelled = labelled.sample(limit, seed)
        chosen = variants(variant or (), suite)
        question = Question(
            set=SetUsed.of(labelled),
            forms=form.forms,
            variants=tuple(one.name for one in chosen),
            shard=part,
        )
        going = Run(to, question)
        planned = plan(part.part(labelled), form.forms, chosen, going.done)
        _tell_before(planned, len(going.done))
        passing = asyncio.run(_go(settings, going, planned)) if planned.tasks else Counter()
    except (LabelledSetInvalid, RunInvalid, ShardInvalid, VariantInvalid) as error:
        fail(str(error), Exit.USAGE)
    except OSError as error:
        fail(f"{to} cannot be written: {error.strerror}", Exit.FAILED)
    except KeyboardInterrupt:
        fail(f"Interrupted. The same command goes on with {to}.", Exit.INTERRUPTED)
    _tell_after(to, passing)


def _of_split(labelled: LabelledSet, split: str | None) -> LabelledSet:
    """Raises ``LabelledSetInvalid`` where nothing is of that split."""
    if split is None:
        return labelled
    items = tuple(item for item in labelled.items if item.split == split.lower())
    if not items:
        there = sorted({item.split for item in labelled.items if item.split})
        raise LabelledSetInvalid(
            f"nothing of {labelled.name} is of the split {split!r}; its splits are:"
            f" {', '.join(there) or 'none'}"
        )
    return replace(labelled, items=items)


def _tell_before(planned: Plan, done: int) -> None:
    console = Console(stderr=True)
    if planned.repeated:
        console.print(f"{planned.repeated} items stand in the set twice, and are asked once.")
    if done:
        console.print(f"{done} answers are there already; {planned.questions} are missing.")


async def _go(settings: Settings, going: Run, planned: Plan) -> Counter[Reason]:
    spec, console = chosen_spec(settings), Console(stderr=True)
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
        task = progress.add_task("Asking", total=planned.questions)
        return await going.go(
            planned,
            rooms,
            at_once=questions_at_once(settings),
            done=lambda count: progress.advance(task, count),
            notice=spec.notice,
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
