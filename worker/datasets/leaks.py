"""Properties of the file, and not of the picture, that tell a set's labels apart.

A detector that is trained or measured on such a set may know PNG from JPEG, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from worker.datasets.facts import Facts
from worker.domain.media import MediaKind
from worker.labelled.items import Truth

FEWEST = 20
"""Media of each label below which nothing is tested: an interval would span nearly all."""

MOST = 5_000
"""Media of each label that are tested, drawn at random: more narrow the interval no further than
anybody looks."""

FOLDS = 5

DEPTH = 3
"""Of the tree: up to eight stretches of the property. A deeper one learns single files by heart."""

DRAWS = 1_000
"""Bootstrap samples: the ends of a 95 % interval rest on 25 of them each."""

LARGE = 1_000
"""From where a median is written in whole numbers."""

LEAK_FROM = 0.6
"""AUC from which a property counts as a leak, by the lower end of its interval. At 0.6 a guess by
it alone puts a fake above a real one in 6 of 10 pairs, where 5 are chance."""

Values = npt.NDArray[np.float64]

NUMBERS: dict[str, Callable[[Facts], float | None]] = {
    "width": lambda facts: facts.width,
    "height": lambda facts: facts.height,
    "pixels": lambda facts: _product(facts.width, facts.height),
    "aspect": lambda facts: _ratio(facts.width, facts.height),
    "bytes": lambda facts: facts.bytes,
    "bytes per pixel": lambda facts: _ratio(
        facts.bytes, _product(_product(facts.width, facts.height), facts.frames)
    ),
    "duration": lambda facts: facts.duration_s,
    "frames": lambda facts: facts.frames,
    "frame rate": lambda facts: _ratio(facts.frames, facts.duration_s),
}
"""Of a file: pixels, bytes, seconds, frames. None where it has none."""

UNITS = {
    "width": " px",
    "height": " px",
    "pixels": " px",
    "bytes": " B",
    "bytes per pixel": " B",
    "duration": " s",
    "frame rate": " /s",
}

WORDS: dict[str, Callable[[Facts], str | None]] = {
    "container": lambda facts: facts.mime,
    "codec": lambda facts: facts.codec,
}

ALL = "all together"


class Leak(BaseModel):
    """How well one property alone tells the labels of one kind of media."""

    model_config = ConfigDict(frozen=True)

    kind: MediaKind
    property: str
    auc: float = Field(
        description="Area under the ROC curve of a small tree on this property alone, out of fold:"
        " 0.5 is chance, 1 tells all."
    )
    low: float = Field(description="Lower end of its 95 % bootstrap interval.")
    high: float = Field(description="Upper end.")
    real: str = Field(description="What is usual of the real ones.")
    fake: str = Field(description="And of the fakes.")
    leaks: bool = Field(description="Whether `low` is at or above the limit.")


class Untested(BaseModel):
    """A kind of media of which there are too few."""

    model_config = ConfigDict(frozen=True)

    kind: MediaKind
    real: int
    fake: int


def find_leaks(
    facts: Sequence[Facts], *, limit: float = LEAK_FROM, seed: int = 0
) -> tuple[list[Leak], list[Untested]]:
    """Test each property of each kind of media, and all of them together.

    Images and videos are tested apart: a set may have reals of the one and fakes of the other.
    """
    leaks: list[Leak] = []
    untested: list[Untested] = []
    for kind in MediaKind:
        mine = [one for one in facts if one.readable and one.kind is kind]
        counts = [sum(one.label is label for one in mine) for label in (Truth.REAL, Truth.FAKE)]
        if not mine:
            continue
        if min(counts) < FEWEST:
            untested.append(Untested(kind=kind, real=counts[0], fake=counts[1]))
            continue
        leaks += _tested(kind, _drawn(mine, seed), limit, seed)
    return leaks, untested


@dataclass(frozen=True, slots=True)
class _Column:
    """A property of all media."""

    name: str
    values: Values
    """Shape ``(media, 1)``, or a column for each word."""
    usual: Callable[[npt.NDArray[np.bool_]], str]
    """In words, of those that are chosen."""


def _tested(kind: MediaKind, facts: list[Facts], limit: float, seed: int) -> list[Leak]:
    fake = np.array([one.label is Truth.FAKE for one in facts])
    # Not by the standard deviation, which rounding leaves above 0 of equal numbers.
    columns = [column for column in _columns(facts) if (column.values != column.values[0]).any()]
    found = [_leak(kind, column, fake, limit, seed) for column in columns]
    if len(columns) > 1:
        joined = np.hstack([column.values for column in columns])
        found.append(_leak(kind, _Column(ALL, joined, lambda _: ""), fake, limit, seed))
    return sorted(found, key=lambda leak: (-leak.auc, leak.property))


def _columns(facts: list[Facts]) -> list[_Column]:
    columns = []
    for name, read in NUMBERS.items():
        # Absent is a value, too: -1 lies below all that are there.
        found = [read(one) for one in facts]
        values = np.array([-1.0 if value is None else float(value) for value in found])
        columns.append(_Column(name, values[:, None], _median_of(values, UNITS.get(name, ""))))
    for name, say in WORDS.items():
        words = np.array([say(one) or "none" for one in facts])
        known = np.unique(words)
        columns.append(
            _Column(name, (words[:, None] == known).astype(np.float64), _commonest_of(words))
        )
    return columns


def _leak(
    kind: MediaKind, column: _Column, fake: npt.NDArray[np.bool_], limit: float, seed: int
) -> Leak:
    scores = _out_of_fold(column.values, fake, seed)
    auc = _auc(scores, fake)
    low, high = _interval(scores, fake, seed)
    return Leak(
        kind=kind,
        property=column.name,
        auc=auc,
        low=low,
        high=high,
        real=column.usual(~fake),
        fake=column.usual(fake),
        leaks=low >= limit,
    )


def _out_of_fold(values: Values, fake: npt.NDArray[np.bool_], seed: int) -> Values:
    """What a tree says of each media that it did not see."""
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.tree import DecisionTreeClassifier

    tree: Any = DecisionTreeClassifier(
        max_depth=DEPTH, min_samples_leaf=5, class_weight="balanced", random_state=seed
    )
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    predicted = cross_val_predict(tree, values, fake, cv=folds, method="predict_proba")
    return np.asarray(predicted[:, 1], dtype=np.float64)


def _auc(scores: Values, fake: npt.NDArray[np.bool_]) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(fake, scores))


def _interval(scores: Values, fake: npt.NDArray[np.bool_], seed: int) -> tuple[float, float]:
    """95 %, by the percentile bootstrap, each label drawn by itself.

    A tree says few different numbers, so that a draw is a count of each: all draws at once.
    """
    rng = np.random.default_rng(seed)
    levels, places = np.unique(scores, return_inverse=True)
    drawn = [
        rng.multinomial(
            mine.sum(), np.bincount(places[mine], minlength=len(levels)) / mine.sum(), size=DRAWS
        ).astype(np.float64)
        for mine in (~fake, fake)
    ]
    real, fakes = drawn
    below = np.cumsum(real, axis=1) - real
    wins = (fakes * (below + real / 2)).sum(axis=1)
    aucs = wins / (real.sum(axis=1) * fakes.sum(axis=1))
    low, high = np.quantile(aucs, [0.025, 0.975])
    return float(low), float(high)


def _drawn(facts: list[Facts], seed: int) -> list[Facts]:
    rng = np.random.default_rng(seed)
    chosen: list[int] = []
    for label in Truth:
        places = np.array([n for n, one in enumerate(facts) if one.label is label])
        if len(places) > MOST:
            places = rng.choice(places, MOST, replace=False)
        chosen.extend(int(place) for place in places)
    return [facts[place] for place in sorted(chosen)]


def _median_of(values: Values, unit: str) -> Callable[[npt.NDArray[np.bool_]], str]:
    def usual(mine: npt.NDArray[np.bool_]) -> str:
        there = values[mine & (values >= 0)]
        if not len(there):
            return "none"
        median = float(np.median(there))
        return f"{median:,.0f}{unit}" if median >= LARGE else f"{median:.4g}{unit}"

    return usual


def _commonest_of(words: npt.NDArray[np.str_]) -> Callable[[npt.NDArray[np.bool_]], str]:
    def usual(mine: npt.NDArray[np.bool_]) -> str:
        known, counts = np.unique(words[mine], return_counts=True)
        most = int(counts.argmax())
        return f"{known[most]} {counts[most] / counts.sum():.0%}"

    return usual


def _product(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one * other


def _ratio(one: float | None, other: float | None) -> float | None:
    return None if one is None or not other else one / other
