"""What is left to ask."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from worker.domain.generation import AnswerForm
from worker.evaluation.outcome import Key
from worker.evaluation.variant import Variant
from worker.labelled.items import LabelledItem, LabelledSet


@dataclass(frozen=True, slots=True)
class Task:
    """One media in one variant, and the forms in which nobody asked yet."""

    item: LabelledItem
    variant: Variant
    forms: tuple[AnswerForm, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Tasks in the order of the set, all variants of a media together."""

    set_name: str
    tasks: tuple[Task, ...]
    repeated: int
    """Items whose name another one has: a set's name for a media tells it from all others."""

    @property
    def questions(self) -> int:
        """Outcomes that are to come."""
        return sum(len(task.forms) for task in self.tasks)


def plan(
    labelled: LabelledSet,
    forms: Sequence[AnswerForm],
    variants: Sequence[Variant],
    done: Collection[Key],
) -> Plan:
    """All of the set that has no outcome, and to which the variant applies."""
    tasks = []
    names: set[str] = set()
    for item in labelled.items:
        if item.name in names:
            continue
        names.add(item.name)
        for variant in variants:
            left = tuple(form for form in forms if (item.name, variant.name, form) not in done)
            if left and variant.applies(item.path):
                tasks.append(Task(item, variant, left))
    return Plan(labelled.name, tuple(tasks), len(labelled.items) - len(names))
