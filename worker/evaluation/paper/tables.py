"""The row of a run in the paper's tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from pydantic import BaseModel, ConfigDict, Field

from worker.domain.media import MediaKind
from worker.evaluation.manifest import SetUsed
from worker.evaluation.metrics import words
from worker.evaluation.metrics.answers import FAKE, Answers
from worker.evaluation.metrics.summary import Summary
from worker.evaluation.outcome import Outcome
from worker.evaluation.paper.published import Published, published
from worker.evaluation.report.explanation import OVERALL, Explained
from worker.evaluation.report.groups import Generator, Group
from worker.labelled.items import Truth

IVY, GENIMAGE, CHAMELEON, GENVIDEO = "ivy-fake", "genimage", "chameleon", "genvideo"

NAMES = (IVY, GENIMAGE, CHAMELEON, GENVIDEO)

ENOUGH = 3
"""Generators of a benchmark from which on a set is taken for that benchmark."""

MEASURED_AS = {
    "ROUGE-L": "rouge_l",
    "SIM": "sim",
    "Com": "completeness",
    "Rel": "relevance",
    "Det": "level_of_detail",
    "Exp": "explanation",
}
"""Columns of the paper, and of a run."""

Cells = tuple[float | None, ...]


class PaperRow(BaseModel):
    """One model. A cell that is not measured is null."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str
    ours: bool
    cells: Cells


class PaperTable(BaseModel):
    """In the paper's layout: blocks of columns, this run's row last."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: str
    digits: tuple[int, ...] = Field(description="Behind the point, of each column.")
    blocks: tuple[str, ...]
    columns: tuple[str, ...] = Field(description="Of each block.")
    rows: list[PaperRow]
    notes: list[str]


def paper_tables(
    used: SetUsed,
    model: str,
    answered: Sequence[Outcome],
    overall: Summary,
    kinds: Sequence[Group],
    generators: Sequence[Generator],
    explained: Sequence[Explained],
    wanted: Sequence[str] = (),
) -> list[PaperTable]:
    """Those that are wanted, or else those that the set's layout, name and generators point to."""
    rows: dict[str, Callable[[Published], Cells]] = {
        IVY: lambda table: _ivy(table, overall, kinds, explained),
        GENIMAGE: lambda table: _genimage(table, generators),
        CHAMELEON: lambda _: (
            overall.accuracy.value,
            overall.recall_fake.value,
            overall.recall_real.value,
        ),
        GENVIDEO: lambda table: _genvideo(table, generators, answered),
    }
    chosen = wanted or [name for name in NAMES if _fits(name, used, generators)]
    found = []
    for name in chosen:
        table = published()[name]
        found.append(_table(name, table, model, rows[name](table)))
    return found


def plain(name: str) -> str:
    """A generator's name in small letters and digits: its spellings differ."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _fits(name: str, used: SetUsed, generators: Sequence[Generator]) -> bool:
    if used.layout in NAMES:
        return name == used.layout
    if name in {GENIMAGE, GENVIDEO}:
        known = published()[name].groups.values()
        there = {plain(one.name) for one in generators if one.summary.fakes}
        return sum(any(alias in there for alias in aliases) for aliases in known) >= ENOUGH
    if name == CHAMELEON:
        return CHAMELEON in plain(used.name)
    return not any(_fits(other, used, generators) for other in (GENIMAGE, CHAMELEON, GENVIDEO))


def _table(name: str, table: Published, model: str, ours: Cells) -> PaperTable:
    width = len(table.columns)
    cells = tuple(
        None if one is None else round(one * table.scale, table.digits[place % width])
        for place, one in enumerate(ours)
    )
    notes = list(table.notes)
    if empty := _empty(table, cells):
        notes.append(f"Not measured in this run: {', '.join(empty)}.")
    return PaperTable(
        name=name,
        title=table.title,
        digits=table.digits,
        blocks=table.blocks,
        columns=table.columns,
        rows=[
            *(PaperRow(model=who, ours=False, cells=row) for who, row in table.rows.items()),
            PaperRow(model=f"this run: {model}", ours=True, cells=cells),
        ],
        notes=notes,
    )


def _empty(table: Published, cells: Cells) -> list[str]:
    """What is missing; a column, or a block, that is missing everywhere is named once."""
    width = len(table.columns)
    blocks = [cells[begin : begin + width] for begin in range(0, len(cells), width)]
    gone = [
        name
        for name, column in zip(table.columns, zip(*blocks, strict=True), strict=True)
        if not any(cell is not None for cell in column)
    ]
    absent = [
        name
        for name, block in zip(table.blocks, blocks, strict=True)
        if name and all(cell is None for cell in block)
    ]
    single = [
        f"{block} {column}".strip()
        for block, row in zip(table.blocks, blocks, strict=True)
        for column, cell in zip(table.columns, row, strict=True)
        if cell is None and column not in gone and block not in absent
    ]
    return [*gone, *absent, *single]


def _ivy(
    table: Published, overall: Summary, kinds: Sequence[Group], explained: Sequence[Explained]
) -> Cells:
    summaries = {group.name: group.summary for group in kinds} | {OVERALL: overall}
    means = {(one.column, one.where): one.all_answers.value for one in explained}
    cells: list[float | None] = []
    for block in table.blocks:
        summary = summaries.get(block)
        cells.append(summary.accuracy.value if summary else None)
        cells.append(summary.weighted_f1.value if summary else None)
        cells.extend(means.get((MEASURED_AS[name], block)) for name in table.columns[2:])
    return tuple(cells)


def _genimage(table: Published, generators: Sequence[Generator]) -> Cells:
    cells: list[float | None] = []
    for column in table.columns[:-1]:
        found = _named(table.groups[column], generators)
        # An accuracy over fakes alone is a recall, and stands in the table of generators.
        both = found is not None and found.summary.reals and found.summary.fakes
        cells.append(found.summary.accuracy.value if found and both else None)
    measured = [cell for cell in cells if cell is not None]
    whole = len(measured) == len(cells)
    return (*cells, sum(measured) / len(measured) if whole else None)


def _genvideo(
    table: Published, generators: Sequence[Generator], answered: Sequence[Outcome]
) -> Cells:
    videos = [one for one in answered if one.kind is MediaKind.VIDEO]
    reals = [one for one in videos if one.label is Truth.REAL]
    cells: list[float | None] = []
    for block in table.blocks:
        found = _named(table.groups[block], generators, MediaKind.VIDEO)
        if found is None or not found.summary.fakes:
            cells.extend((None, None))
            continue
        cells.append(found.summary.recall_fake.value)
        fakes = [one for one in videos if one.group == found.name and one.label is Truth.FAKE]
        counts = Answers.of([*fakes, *reals]).counts()
        cells.append(float(words.f1(counts, FAKE)) if reals else None)
    return tuple(cells)


def _named(
    aliases: Sequence[str], generators: Sequence[Generator], kind: MediaKind | None = None
) -> Generator | None:
    fitting = (
        one
        for one in generators
        if plain(one.name) in aliases and (kind is None or one.kind is kind)
    )
    return next(fitting, None)
