"""Asking the model about a labelled set, many media at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from worker.calibration.scored import ScoredItem
from worker.domain.failure import Failure, Reason, Systemic
from worker.domain.generation import AnswerForm
from worker.labelled.items import LabelledItem, LabelledSet
from worker.scoring.asking import ask, prepare
from worker.scoring.rooms import ScoringRooms


@dataclass(slots=True)
class Scores:
    """What came of a labelled set."""

    items: list[ScoredItem] = field(default_factory=list)
    """In the order of the set; of each as many as there are forms."""
    failures: Counter[Reason] = field(default_factory=Counter)
    """Media without a score, by reason."""


async def score_set(
    labelled: LabelledSet,
    forms: Sequence[AnswerForm],
    rooms: ScoringRooms,
    *,
    at_once: int,
    done: Callable[[], None],
) -> Scores:
    """Ask about every item in every form; ``done`` is told of each item.

    An item that fails is counted, and stops no other. Raises ``Systemic`` if the engine or the
    like breaks.
    """
    scores = Scores()
    found: dict[int, list[ScoredItem]] = {}
    waiting = iter(enumerate(labelled.items))

    async def carry() -> None:
        for place, item in waiting:
            try:
                found[place] = await _scored(labelled.name, item, forms, rooms)
            except Systemic:
                raise
            except Failure as failure:
                scores.failures[failure.reason] += 1
            done()

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(at_once, len(labelled.items))):
                group.create_task(carry())
    except BaseExceptionGroup as broken:
        raise broken.exceptions[0] from broken
    scores.items = [one for place in sorted(found) for one in found[place]]
    return scores


async def _scored(
    name: str, item: LabelledItem, forms: Sequence[AnswerForm], rooms: ScoringRooms
) -> list[ScoredItem]:
    media, sha256 = await prepare(item.path, rooms)
    scored = []
    with media:
        for form in forms:
            answer = (await ask(media, form, rooms)).answer
            scored.append(
                ScoredItem(
                    set=name,
                    path=item.name,
                    label=item.label,
                    group=item.group,
                    sha256=sha256,
                    form=form,
                    score=answer.score,
                    problem=answer.problem,
                    completion_tokens=answer.completion_tokens,
                    model=answer.model,
                )
            )
    return scored
