"""`ivy-worker train distil`: explanations of known labels from a teacher."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from worker.cli.data_options import LayoutName, MediaFolder, SetPath, read_set
from worker.cli.exits import Exit, fail
from worker.datasets.token_count import TokenizerUnusable, counter
from worker.labelled.items import LabelledSetInvalid
from worker.models.spec import load_spec
from worker.training.stage import StageInvalid

EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker train distil media/ --to distilled/ --url http://gpu:8000/v1 --model qwen3-vl-235b

  TEACHER_KEY=... ivy-worker train distil test.jsonl --to distilled/ --url URL --model NAME
"""

KEY = "TEACHER_KEY"
"""The environment holds it: a command line is seen by every process."""


def distil(
    path: SetPath,
    to: Annotated[
        Path, typer.Option(metavar="DIR", help="Answers and list; the same again goes on.")
    ],
    url: Annotated[str, typer.Option(metavar="URL", help="The API's root, with its /v1.")],
    model: Annotated[str, typer.Option(metavar="NAME", help="The teacher's name there.")],
    spec: Annotated[
        str, typer.Option(metavar="SPEC", help="Whose recipe makes the frames.")
    ] = "ivy-fake",
    tokenizer: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Counts tokens; else words and signs.")
    ] = None,
    least: Annotated[int, typer.Option(min=0, help="Tokens of an explanation.")] = 60,
    most: Annotated[int, typer.Option(min=1, help="Tokens of an explanation.")] = 800,
    at_once: Annotated[int, typer.Option(min=1, help="Questions at once.")] = 4,
    layout: LayoutName = None,
    media: MediaFolder = None,
) -> None:
    """Have a teacher explain each label, and keep what is fit to learn from.

    Kept is what ends with the label, is in the form, does not repeat itself and is neither too
    short nor too long. The teacher is told the label: it explains, and detects nothing.
    """
    from worker.training.distil.filters import Length
    from worker.training.distil.run import KEPT, Distilled, Teacher, TeacherFailed
    from worker.training.distil.run import distil as ask_about

    try:
        items = read_set(path, layout, media).items
        teacher = Teacher(url.rstrip("/"), model, os.environ.get(KEY), at_once=at_once)
        recipe, count = load_spec(spec).recipe, counter(tokenizer)
        with Progress(console=Console(stderr=True)) as progress:
            task = progress.add_task("Asking", total=len(items))

            async def go() -> Distilled:
                return await ask_about(
                    items,
                    teacher,
                    recipe,
                    to,
                    count=count,
                    length=Length(least, most),
                    done=lambda: progress.advance(task),
                )

            came = asyncio.run(go())
    except (LabelledSetInvalid, StageInvalid, TokenizerUnusable) as error:
        fail(str(error), Exit.USAGE)
    except (TeacherFailed, OSError) as error:
        fail(str(error), Exit.FAILED)
    except KeyboardInterrupt:
        fail(f"Interrupted. The same command goes on with {to}.", Exit.INTERRUPTED)
    console = Console(stderr=True)
    for reason, number in came.against.most_common():
        console.print(f"{number} left out: {reason}", markup=False, highlight=False)
    console.print(f"Wrote {to / KEPT}: {came.kept}", markup=False, highlight=False, soft_wrap=True)
