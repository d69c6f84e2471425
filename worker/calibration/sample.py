"""Scores that may be fitted together: of one kind, by one model, each content once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from worker.calibration.scored import ScoredItem
from worker.domain.answer import ModelIdentity, ScoreKind
from worker.domain.calibration import KINDS, calibrated_part
from worker.domain.generation import AnswerForm
from worker.domain.policy import MIN_MASS
from worker.labelled.items import Truth

Values = npt.NDArray[np.float64]
"""Shape ``(items,)``."""
Labels = npt.NDArray[np.bool_]
"""Shape ``(items,)``; true is fake."""

LOW_MASS = f"the label words hold under {MIN_MASS:g} of the model's belief"
REPEATED = "the same bytes as another item"
CONTRADICTED = "the same bytes are labelled real and fake"


@dataclass(frozen=True, slots=True)
class Sample:
    """Raw scores and what their media are."""

    name: str
    """Of the labelled set, or of the sets, separated by commas."""
    kind: ScoreKind
    model: ModelIdentity
    raw: Values
    fake: Labels

    @property
    def fakes(self) -> int:
        """Scores of AI-generated media."""
        return int(self.fake.sum())

    @property
    def reals(self) -> int:
        """Scores of authentic media."""
        return len(self.fake) - self.fakes


@dataclass(slots=True)
class Selection:
    """What may be fitted, and what not."""

    samples: list[Sample] = field(default_factory=list)
    left_out: Counter[tuple[AnswerForm, str]] = field(default_factory=Counter)
    """How many items of a form, and why."""


def select(scored: Iterable[ScoredItem], forms: Sequence[AnswerForm]) -> Selection:
    """Sort by model and kind of score, and leave out what the policy would not take a score from.

    Equal bytes count once: in two folds at a time they would make a mapping look better than it is.
    """
    selection = Selection()
    asked: dict[tuple[ModelIdentity, AnswerForm], list[ScoredItem]] = defaultdict(list)
    for item in scored:
        if item.form in forms:
            asked[calibrated_part(item.model), item.form].append(item)
    for (_, form), items in asked.items():
        kinds: dict[ScoreKind, list[ScoredItem]] = defaultdict(list)
        labels = _labels_by_content(items)
        seen: set[str] = set()
        for item in items:
            unfit = _unfit(item, labels[item.sha256], seen)
            if unfit is not None:
                selection.left_out[form, unfit] += 1
                continue
            seen.add(item.sha256)
            kinds[item.score.kind].append(item)
        selection.samples.extend(_sample(kind, each) for kind, each in kinds.items())
    return selection


def _labels_by_content(items: Iterable[ScoredItem]) -> dict[str, set[Truth]]:
    labels: dict[str, set[Truth]] = defaultdict(set)
    for item in items:
        labels[item.sha256].add(item.label)
    return labels


def _unfit(item: ScoredItem, labels: set[Truth], seen: set[str]) -> str | None:
    """Why the item is left out, if it is."""
    if item.problem is not None:
        return item.problem
    if item.score.value is None or item.score.kind not in KINDS:
        return "the answer has no score"
    if item.score.mass is not None and item.score.mass < MIN_MASS:
        return LOW_MASS
    if len(labels) > 1:
        return CONTRADICTED
    return REPEATED if item.sha256 in seen else None


def _sample(kind: ScoreKind, items: Sequence[ScoredItem]) -> Sample:
    return Sample(
        name=", ".join(sorted({item.set for item in items})),
        kind=kind,
        model=items[0].model,
        raw=np.array([item.score.value for item in items], dtype=np.float64),
        fake=np.array([item.label is Truth.FAKE for item in items], dtype=np.bool_),
    )
