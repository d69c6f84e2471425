"""The answers that a person should look at: the surest wrong ones, and those that say nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pydantic import BaseModel, ConfigDict, Field

from worker.evaluation.gallery import confidence
from worker.evaluation.outcome import Outcome, Said
from worker.labelled.items import Truth
from worker.parsing.reply import parse
from worker.printable import shortened

MAX_NAME = 300
MAX_TEXT = 1500
"""Characters of a reasoning: some 250 words, more than anybody reads of a wrong one."""


class Error(BaseModel):
    """One answer. All texts are bounded and printable."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    group: str | None
    label: Truth
    said: Said | None
    score: float | None
    confidence: float = Field(description="How sure the model was of what it said.")
    facts: str
    reasoning: str = Field(description="The model's words. Untrusted text.")
    problem: str | None
    sha256: str | None


def worst(answered: Sequence[Outcome], most: int) -> list[Error]:
    """Wrong answers, the surest first: at most so many of each label."""
    wrong = [one for one in answered if one.conclusion is not None and not one.correct]
    # The path last, so that the same answers give the same list.
    wrong.sort(key=lambda one: (-confidence(one), one.path))
    chosen = []
    for label in Truth:
        chosen.extend([one for one in wrong if one.label is label][:most])
    return [_error(one) for one in chosen]


def silent(answered: Iterable[Outcome], most: int) -> list[Error]:
    """Answers without a conclusion, in the order of the run; the text is all of the answer."""
    found = [one for one in answered if one.conclusion is None]
    return [_error(one).model_copy(update={"reasoning": _line(one.text)}) for one in found[:most]]


def _error(outcome: Outcome) -> Error:
    return Error(
        path=shortened(outcome.path, MAX_NAME),
        group=None if outcome.group is None else shortened(outcome.group, MAX_NAME),
        label=outcome.label,
        said=outcome.conclusion,
        score=outcome.score.value,
        confidence=round(confidence(outcome), 6),
        facts=_facts(outcome),
        reasoning=_line(parse(outcome.text).reasoning),
        problem=None if outcome.problem is None else shortened(outcome.problem, MAX_NAME),
        sha256=outcome.sha256,
    )


def _line(text: str) -> str:
    return shortened(" ".join(text[: 2 * MAX_TEXT].split()), MAX_TEXT)


def _facts(outcome: Outcome) -> str:
    parts = [outcome.kind.value if outcome.kind else "", f"{outcome.width} x {outcome.height}"]
    if outcome.duration_s is not None:
        parts.append(f"{outcome.duration_s:g} s")
    return ", ".join(parts)
