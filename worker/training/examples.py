"""Questions and answers from labelled sets."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from worker.domain.media import MediaKind
from worker.labelled.items import LabelledItem, Truth
from worker.labelled.reader import read_labelled
from worker.models.spec import Prompt
from worker.training.stage import Mixed, Stage, StageInvalid, Task

VIDEO_SUFFIXES = frozenset(
    (".mp4", ".mov", ".mkv", ".webm", ".avi", ".flv", ".wmv", ".mpeg", ".mpg", ".m4v", ".gif")
)
"""How a question is worded before the file is opened; the decoder has the last word."""

CAPTION = "Describe what this {kind} shows."
CONCLUDE = "Determine whether this {kind} is real or fake."
"""Our wording of the seed's second stage, whose question is another than the third's."""


@dataclass(frozen=True, slots=True)
class Example:
    """One media, what is asked of it, and what is to be said."""

    path: Path
    kind: MediaKind
    task: Task
    label: Truth
    answer: str


def kind_of(path: Path) -> MediaKind:
    """By the suffix."""
    return MediaKind.VIDEO if path.suffix.lower() in VIDEO_SUFFIXES else MediaKind.IMAGE


def read_examples(stage: Stage, sets: Mapping[str, Path] | None = None) -> list[Example]:
    """The stage's mix, in an order of its seed's. ``sets`` stand in for sets by their names.

    Raises ``StageInvalid`` and ``LabelledSetInvalid``.
    """
    examples: list[Example] = []
    for number, mixed in enumerate(stage.data):
        where = (sets or {}).get(mixed.set, mixed.set)
        items = _items(mixed, where, stage.seed + number)
        found = list(_examples(items, mixed.task, rewarded=stage.method == "grpo"))
        if not found:
            raise StageInvalid(
                f"nothing of {where} can be learnt from in the task {mixed.task.value}: no item of"
                f" the split {mixed.split!r} has the reasoning that it needs"
            )
        examples += found * mixed.repeat
    random.Random(stage.seed).shuffle(examples)  # noqa: S311 - an order, no secret
    return examples


def _items(mixed: Mixed, where: Path | str, seed: int) -> tuple[LabelledItem, ...]:
    labelled = read_labelled(where)
    if mixed.split is not None:
        kept = tuple(item for item in labelled.items if item.split == mixed.split)
        labelled = replace(labelled, items=kept)
    if mixed.items is not None:
        labelled = labelled.sample(mixed.items, seed)
    return labelled.items


def _examples(items: Iterable[LabelledItem], task: Task, *, rewarded: bool) -> Iterable[Example]:
    for item in items:
        answer = None if rewarded else _answer(item, task)
        # GRPO has no gold text: the label goes to the reward and nowhere else.
        if answer is not None or rewarded:
            yield Example(item.path, kind_of(item.path), task, item.label, answer or "")


def _answer(item: LabelledItem, task: Task) -> str | None:
    conclusion = f"<conclusion>{item.label.value}</conclusion>"
    if task is Task.CONCLUSION:
        return conclusion
    if item.reasoning is None:
        return None
    if task is Task.CAPTION:
        return item.reasoning
    return f"<think>{item.reasoning}</think>\n{conclusion}"


def question(prompt: Prompt, kind: MediaKind, task: Task) -> list[dict[str, Any]]:
    """The chat before the answer. The service's own question is that of explanations."""
    chat = prompt.messages(kind)
    if task is not Task.EXPLANATION:
        words = CAPTION if task is Task.CAPTION else CONCLUDE
        chat[-1]["content"][-1]["text"] = words.format(kind=kind.value)
    if task is Task.CAPTION:
        # The system prompt asks for a verdict; a caption is none.
        chat = [turn for turn in chat if turn["role"] != "system"]
    return chat
