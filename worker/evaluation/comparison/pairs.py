"""The answers of two runs, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from worker.domain.generation import AnswerForm
from worker.evaluation.manifest import RunInvalid
from worker.evaluation.outcome import Outcome
from worker.evaluation.variant import ORIGINAL


@dataclass(frozen=True, slots=True)
class Pair:
    """What both runs answered about one media."""

    before: Outcome
    after: Outcome


@dataclass(frozen=True, slots=True)
class Joined:
    """Answers of both runs."""

    pairs: tuple[Pair, ...]
    only_before: int
    only_after: int
    other_bytes: int
    """Media of one name whose bytes differ: not compared."""
    other_label: int
    """Media that the two sets label otherwise: not compared."""


def form_of(outcomes: Iterable[Outcome], wanted: AnswerForm | None, name: str) -> AnswerForm:
    """The form to compare. Raises ``RunInvalid`` where it must be said which."""
    there = {one.form for one in outcomes}
    if wanted is None and len(there) == 1:
        return next(iter(there))
    if wanted is None:
        raise RunInvalid(f"{name} has answers in two forms: say which (--form, --form-b)")
    if wanted not in there:
        raise RunInvalid(f"{name} has no answer in the form {wanted}")
    return wanted


def join(before: Sequence[Outcome], after: Sequence[Outcome]) -> Joined:
    """By the name of the media; of the media as they are, and of those that both answered."""
    left, right = _answered(before), _answered(after)
    pairs = []
    other_bytes = other_label = 0
    for path, one in left.items():
        other = right.get(path)
        if other is None:
            continue
        if one.sha256 != other.sha256:
            other_bytes += 1
        elif one.label is not other.label:
            other_label += 1
        else:
            pairs.append(Pair(one, other))
    return Joined(
        pairs=tuple(pairs),
        only_before=len(left.keys() - right.keys()),
        only_after=len(right.keys() - left.keys()),
        other_bytes=other_bytes,
        other_label=other_label,
    )


def _answered(outcomes: Iterable[Outcome]) -> Mapping[str, Outcome]:
    return {one.path: one for one in outcomes if one.answered and one.variant == ORIGINAL}
