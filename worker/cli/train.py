"""`ivy-worker train`: stages of training, synthetic sets, explanations from a teacher."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from worker.cli import train_distil
from worker.cli.exits import Exit, fail
from worker.labelled.items import LabelledSetInvalid
from worker.models.tensors import WeightsUnusable
from worker.training.extra import ExtraMissing, require_extra
from worker.training.stage import Stage, StageInvalid, load_stage, shipped_stages

EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker train run sft-cold-start --to runs/sft --data ivy-fake=Ivy-Fake/

  ivy-worker train run grpo --to runs/grpo --data ivy-fake=rl.jsonl --from runs/sft/model/spec.yaml

  accelerate launch --config_file fsdp.yaml -m worker train run my-stage.yaml --to runs/mine
"""
SYNTHETIC_EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker train synthetic --to media/ --pictures 2000 --clips 800
"""

app = typer.Typer(no_args_is_help=True, help="Train a model, stage by stage.")
app.command("distil", epilog=train_distil.EXAMPLES)(train_distil.distil)


@app.command("run", epilog=EXAMPLES)
def run(
    stage: Annotated[
        str, typer.Argument(metavar="STAGE", help="A shipped stage's name, or a YAML file.")
    ],
    to: Annotated[
        Path, typer.Option(metavar="DIR", help="The run's folder; the same again goes on with it.")
    ],
    data: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=PATH", help="Where a set of the stage is; repeatable."),
    ] = None,
    begin: Annotated[
        str | None,
        typer.Option("--from", metavar="SPEC", help="The model to begin with: a spec or its file."),
    ] = None,
    max_steps: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="End there: for a try.")
    ] = None,
) -> None:
    """Train one stage, and export what came of it as a model that vLLM loads.

    DIR/model/spec.yaml is for `--set model.spec=...` and for the next stage's `--from`. Ctrl-C
    loses what came after the last checkpoint (`save_every`): the same command goes on.
    """
    try:
        require_extra()
        chosen = load_stage(stage)
        if max_steps is not None:
            chosen = chosen.model_copy(update={"max_steps": max_steps})
        _train(chosen, to, _sets(data or []), begin)
    except (ExtraMissing, StageInvalid, LabelledSetInvalid) as error:
        fail(str(error), Exit.USAGE)
    except WeightsUnusable as error:
        fail(str(error), Exit.FAILED)
    except OSError as error:
        fail(f"{to} cannot be written: {error}", Exit.FAILED)
    except KeyboardInterrupt:
        fail(f"Interrupted. The same command goes on with {to}.", Exit.INTERRUPTED)


def _train(stage: Stage, to: Path, sets: dict[str, Path], begin: str | None) -> None:
    from worker.training.run import train

    trained = train(stage, to, sets=sets, model=begin)
    console = Console(stderr=True)
    for name, value in trained.metrics.items():
        console.print(f"{name}: {value}", markup=False, highlight=False)
    console.print(
        f"Next: ivy-worker eval run SET --to RUN --set model.spec={trained.spec}",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


def _sets(data: list[str]) -> dict[str, Path]:
    found = {}
    for one in data:
        name, equals, path = one.partition("=")
        if not (name and equals and path):
            fail(f"--data is {one!r}: it takes NAME=PATH, such as ivy-fake=media/", Exit.USAGE)
        found[name] = Path(path)
    return found


@app.command("stages")
def stages() -> None:
    """List the stages that ship with the worker."""
    table = Table("Stage", "Method", "Learns", "Frozen", "Rate")
    for name in shipped_stages():
        stage = load_stage(name)
        tasks = ", ".join(one.task.value for one in stage.data)
        frozen = ", ".join(stage.frozen) or "nothing"
        table.add_row(name, stage.method, tasks, frozen, f"{stage.learning_rate:g}")
    Console().print(table)


@app.command("synthetic", epilog=SYNTHETIC_EXAMPLES)
def synthetic(
    to: Annotated[Path, typer.Option(metavar="DIR", help="Where it is drawn.")],
    pictures: Annotated[int, typer.Option(min=0, help="Of the training split.")] = 800,
    clips: Annotated[int, typer.Option(min=0, help="Of the training split.")] = 200,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1)] = 0,
) -> None:
    """Draw pictures and clips with known artifacts, half of them clean; a tenth more to test on.

    They prove that a training learns, and nothing about media from generators.
    """
    from worker.drawn.sets import Wanted, make_set

    wanted = (Wanted("train", pictures, clips), Wanted("test", pictures // 10, clips // 10))
    total = sum(one.pictures + one.clips for one in wanted)
    try:
        with Progress(console=Console(stderr=True)) as progress:
            task = progress.add_task("Drawing", total=total)
            listing = make_set(to, wanted, seed, lambda: progress.advance(task))
    except OSError as error:
        fail(f"{to} cannot be written: {error.strerror}", Exit.FAILED)
    except KeyboardInterrupt:
        fail(f"Interrupted; {to} holds a part and no list.", Exit.INTERRUPTED)
    Console(stderr=True).print(f"Wrote {listing}", markup=False, highlight=False, soft_wrap=True)
