"""`ivy-worker eval similarity`: how near a run's reasons are to the annotator's."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from worker.cli.data_options import progress, say
from worker.cli.exits import Exit, fail
from worker.evaluation.journal import read_outcomes
from worker.evaluation.manifest import RunInvalid, load_manifest
from worker.evaluation.outcome import Outcome
from worker.evaluation.rouge import reasoned

EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker eval similarity runs/a --sentence-model all-MiniLM-L6-v2/

  ivy-worker eval similarity runs/a --bertscore-model deberta-xlarge-mnli/ --layer 24
"""

SENTENCES, TOKENS = "sentence_sim", "sim"


def similarity(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder.", show_default=False)],
    sentence_model: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="A text encoder; cosine of its mean vectors."),
    ] = None,
    bertscore_model: Annotated[
        Path | None, typer.Option(metavar="DIR", help="A text encoder; BERTScore's F1.")
    ] = None,
    layer: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Of BERTScore's encoder; its last one if absent."),
    ] = None,
) -> None:
    """Measure how near the reasons are to the annotator's, by encoders in local folders.

    Nothing is downloaded. The same command goes on where it was; another encoder begins anew.
    """
    from worker.evaluation.similarity.encoder import EncoderUnusable

    if sentence_model is None and bertscore_model is None:
        fail("name an encoder's folder: --sentence-model or --bertscore-model", Exit.USAGE)
    try:
        load_manifest(run)
        outcomes = list(read_outcomes(run))
        if not reasoned(outcomes):
            raise RunInvalid(f"{run} has no reasoning about media that are annotated")
        if sentence_model is not None:
            _measure(run, outcomes, SENTENCES, sentence_model, "--sentence-model", None)
        if bertscore_model is not None:
            _measure(run, outcomes, TOKENS, bertscore_model, "--bertscore-model", layer)
    except (RunInvalid, EncoderUnusable) as error:
        fail(str(error), Exit.USAGE)
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}", Exit.FAILED)
    except KeyboardInterrupt:
        fail("Interrupted. The same command goes on.", Exit.INTERRUPTED)
    say(f"Next: ivy-worker eval report {run}")


def _measure(
    run: Path, outcomes: list[Outcome], name: str, folder: Path, option: str, layer: int | None
) -> None:
    from worker.evaluation.similarity.column import measure_column
    from worker.evaluation.similarity.encoder import Encoder
    from worker.evaluation.similarity.measures import bertscore, sentence_similarity

    encoder = Encoder(folder, option, layer)
    measure = sentence_similarity if name == SENTENCES else bertscore
    with progress() as shown:
        task = shown.add_task(name, total=len(reasoned(outcomes)))
        measure_column(run, name, outcomes, encoder, measure, lambda: shown.advance(task))
