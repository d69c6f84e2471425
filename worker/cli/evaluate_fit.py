"""`ivy-worker eval fit`: fit a baseline to a training set."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from worker.app.scoring_rooms import open_rooms_around
from worker.cli.data_options import (
    LayoutName,
    MediaFolder,
    Seed,
    SetPath,
    progress,
    read_set,
    say,
)
from worker.cli.exits import Exit, fail, reported
from worker.cli.options import Assignments, ConfigFile, settings_at_a_terminal
from worker.domain.clock import SystemClock
from worker.evaluation.baselines.detector import BaselineDetector, Unfitted
from worker.evaluation.baselines.features import FeatureSource
from worker.evaluation.baselines.fit import EncoderUsed, FitInvalid
from worker.evaluation.baselines.fitting import Seen, fit_all, look, without
from worker.evaluation.baselines.image_encoder import ImageEncoderUnusable
from worker.evaluation.baselines.overlap import refuse_overlap
from worker.evaluation.baselines.registry import FITTED, PREFIX, Chosen, source_of
from worker.evaluation.extra import ExtraMissing, require_extra
from worker.labelled.items import LabelledSet, LabelledSetInvalid
from worker.labelled.splits import of_split
from worker.settings.settings import Settings

EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker eval fit residual media/ --split train --to residual.json

  ivy-worker eval run media/ --split test --to runs/r --detector baseline:residual.json

  ivy-worker eval fit clip train.jsonl --encoder clip-vit-large-patch14/ --to clip.json

  ivy-worker eval fit clip train.jsonl --encoder clip/ --leave-out Sora --to without-sora.json
"""

EncoderFolder = Annotated[
    Path | None,
    typer.Option("--encoder", metavar="DIR", help="A baseline's image encoder: a CLIP's folder."),
]


def fit(
    baseline: Annotated[
        str, typer.Argument(metavar="NAME", help=f"{', '.join(FITTED)}.", show_default=False)
    ],
    path: SetPath,
    to: Annotated[Path, typer.Option(metavar="FILE", help="The fitted baseline, as JSON.")],
    split: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only this part of the set, such as train.")
    ] = None,
    leave_out: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A generator that is not fitted to; repeatable."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Fit to N items, drawn by --seed.")
    ] = None,
    encoder: EncoderFolder = None,
    seed: Seed = 0,
    layout: LayoutName = None,
    media: MediaFolder = None,
    config: ConfigFile = None,
    assignments: Assignments = None,
) -> None:
    """Fit a baseline: a linear model on numbers of each media, images and videos apart.

    residual: statistics of neighbouring pixels, after NPR. clip: a frozen CLIP's embedding, as
    UnivFD has it. d3: how unsteadily a video's frames move, as D3 has it. `eval run` refuses to
    measure it on any media that it was fitted to.
    """
    if to.is_dir() or not to.resolve().parent.is_dir():
        fail(f"--to: {to} is no file in a folder that is there", Exit.USAGE)
    try:
        require_extra()
        settings = settings_at_a_terminal(config, assignments)
        source, loaded = source_of(baseline, encoder)
        labelled = without(of_split(read_set(path, layout, media), split), leave_out or ())
        if limit is not None:
            labelled = labelled.sample(limit, seed)
        with reported():
            seen = asyncio.run(_look(settings, labelled, source))
        used = None
        if loaded is not None:
            used = EncoderUsed(folder=str(loaded.folder), weights=loaded.weights)
        made, missing = fit_all(
            seen,
            source,
            used,
            labelled,
            leave_out or (),
            seed=seed,
            now=SystemClock().now(),
        )
        made.save(to)
    except (FitInvalid, ImageEncoderUnusable, LabelledSetInvalid, ExtraMissing) as error:
        fail(str(error), Exit.USAGE)
    except OSError as error:
        fail(f"{to} cannot be written: {error.strerror}", Exit.FAILED)
    for reason, count in seen.failed.most_common():
        say(f"{count} media are not fitted to: {reason.value}")
    for line in missing:
        say(f"Not fitted to {line}")
    for kind, linear in made.parts.items():
        say(f"{kind}: {linear.real} real and {linear.fake} fake, AUC {linear.auc:.3f} out of fold")
    say(f"Wrote {to}. Next: ivy-worker eval run TEST --to RUN --detector {PREFIX}{to}")


async def _look(settings: Settings, labelled: LabelledSet, source: FeatureSource) -> Seen:
    detector = BaselineDetector(Unfitted(source))
    async with open_rooms_around(settings, detector, provenance=False) as rooms:
        with progress() as shown:
            task = shown.add_task("Looking", total=len(labelled.items))
            return await look(
                labelled,
                source,
                rooms,
                at_once=2 * settings.decode.processes,
                done=lambda: shown.advance(task),
            )


def check_apart(chosen: Chosen, labelled: LabelledSet) -> None:
    """Raises ``FitInvalid`` where the set has media that the baseline was fitted to."""
    if chosen.fit is None:
        return
    with progress() as shown:
        task = shown.add_task("Comparing with the training part", total=len(labelled.items))
        refuse_overlap(chosen.fit, labelled.items, lambda: shown.advance(task))
