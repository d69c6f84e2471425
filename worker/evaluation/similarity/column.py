"""A measure of all explained outcomes, and by which encoder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from worker.calibration.atomic import write_whole
from worker.evaluation.columns import FOLDER, Column, read_columns, save_column
from worker.evaluation.outcome import Outcome
from worker.evaluation.rouge import reasoned
from worker.evaluation.similarity.encoder import Encoder
from worker.evaluation.similarity.measures import Measure, measured
from worker.parsing.reply import parse

KEPT_EVERY = 100
"""Pairs after which what is measured is written: a minute's work on a CPU, at most."""


def measure_column(
    run: Path,
    name: str,
    outcomes: Sequence[Outcome],
    encoder: Encoder,
    measure: Measure,
    done: Callable[[], None],
) -> Column:
    """Measure what is not measured yet; all anew where another encoder did. Raises ``OSError``."""
    about = run / FOLDER / f"{name}.about"
    same = about.is_file() and about.read_text("utf-8") == encoder.about
    column: Column = dict(read_columns(run).get(name, {})) if same else {}
    save_column(run, name, column)
    write_whole(about, encoder.about.encode())
    left = [one for one in reasoned(outcomes) if one.key not in column]
    for number, one in enumerate(left, start=1):
        said = parse(one.text).reasoning
        column[one.key] = measured(encoder, measure, one.gold_reasoning or "", said)
        if number % KEPT_EVERY == 0:
            save_column(run, name, column)
        done()
    save_column(run, name, column)
    return column


def abouts(run: Path) -> dict[str, str]:
    """By which encoder each column was measured."""
    files = sorted((run / FOLDER).glob("*.about"))
    return {file.stem: file.read_text("utf-8")[:300] for file in files}
