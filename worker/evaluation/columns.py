"""Further numbers of a run's outcomes, each kind in a file of its own: ``columns/NAME.jsonl``.

What is costly to work out from an outcome (a similarity, a judge's marks) is kept beside it, so
that a report costs nothing the second time. An outcome itself is never written anew.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from worker.calibration.atomic import write_whole
from worker.domain.generation import AnswerForm
from worker.evaluation.manifest import RunInvalid
from worker.evaluation.outcome import Key

FOLDER = "columns"

NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")

Column = dict[Key, float]


class Cell(BaseModel):
    """One number of one outcome: a line of a column's file."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    path: str
    variant: str
    form: AnswerForm
    value: float


def read_columns(folder: Path) -> dict[str, Column]:
    """All columns of a run, by name. Raises ``RunInvalid``."""
    files = sorted((folder / FOLDER).glob("*.jsonl"))
    return {file.stem: _read(file) for file in files if NAME.fullmatch(file.stem)}


def save_column(folder: Path, name: str, column: Mapping[Key, float]) -> None:
    """Whole or not at all. Raises ``OSError``."""
    assert NAME.fullmatch(name), name
    cells = (
        Cell(path=path, variant=variant, form=form, value=value)
        for (path, variant, form), value in column.items()
    )
    (folder / FOLDER).mkdir(exist_ok=True)
    lines = "".join(cell.model_dump_json() + "\n" for cell in cells)
    write_whole(folder / FOLDER / f"{name}.jsonl", lines.encode())


def _read(file: Path) -> Column:
    column: Column = {}
    try:
        with file.open("rb") as lines:
            for line in lines:
                cell = Cell.model_validate_json(line)
                column[cell.path, cell.variant, cell.form] = cell.value
    except (OSError, ValidationError) as error:
        raise RunInvalid(
            f"{file}, line {len(column) + 1}, cannot be read: remove the file, and it is worked"
            " out anew"
        ) from error
    return column
