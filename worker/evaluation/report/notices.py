"""What makes a run's figures mean something else than they seem to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from worker.decode.sniff import Library
from worker.domain.answer import ScoreKind
from worker.domain.policy import MIN_MASS
from worker.evaluation.manifest import Manifest
from worker.evaluation.outcome import Outcome
from worker.evaluation.variant import ORIGINAL
from worker.evaluation.variants.registry import applies_to
from worker.labelled.items import Truth

FORMAT_FROM = 0.02
"""Share of answers without a conclusion from which on it moves an accuracy in its second digit."""


def run_notices(manifest: Manifest, outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Of the run as a whole."""
    question = manifest.question
    if manifest.notice:
        yield manifest.notice
    expected, there = _expected(manifest, outcomes)
    if there < expected:
        yield (
            f"The run is not whole: {there} of {expected} outcomes are there"
            f"{'' if question.shard.count == 1 else f' (shard {question.shard})'}. Figures of a"
            " part are not figures of the set."
        )
    failed = Counter(one.failure for one in outcomes if one.failure is not None)
    if failed:
        reasons = ", ".join(f"{count} {reason}" for reason, count in failed.most_common())
        yield (
            f"{failed.total()} outcomes have no answer ({reasons}): the model was not asked, or"
            " refused the media. They are in none of the figures."
        )
    yield from _contents(outcomes)


def _expected(manifest: Manifest, outcomes: Sequence[Outcome]) -> tuple[int, int]:
    """Outcomes that there should be, and how many of those there are.

    A variant that leaves some media alone has no outcome for them; which, their media types tell.
    """
    question = manifest.question
    clean = {one.path: one for one in outcomes if one.variant == ORIGINAL}
    counts = Counter(one.variant for one in outcomes)
    expected = there = 0
    for variant in question.variants:
        items = question.set.items
        if variant != ORIGINAL and clean:
            items -= sum(not _applies(variant, one) for one in clean.values())
        wanted = items * len(question.forms)
        expected += wanted
        there += min(wanted, counts[variant])
    return expected, there


def _applies(variant: str, one: Outcome) -> bool:
    if one.mime is None:  # unreadable as it is: the outcome says so, and one is enough
        return False
    return applies_to(variant, Library.FFMPEG if one.mime.startswith("video/") else Library.PILLOW)


def _contents(outcomes: Sequence[Outcome]) -> Iterator[str]:
    labels: dict[str, set[Truth]] = {}
    paths: dict[str, set[str]] = {}
    for one in outcomes:
        if one.sha256 is not None and one.variant == outcomes[0].variant:
            labels.setdefault(one.sha256, set()).add(one.label)
            paths.setdefault(one.sha256, set()).add(one.path)
    if repeated := sum(len(each) - 1 for each in paths.values()):
        yield (
            f"{repeated} media have the same bytes as another one: each counts, and intervals are"
            " narrower than they should be."
        )
    if contradicted := sum(len(each) > 1 for each in labels.values()):
        yield f"{contradicted} contents are labelled both real and fake: no model can be right."


def section_notices(answered: Sequence[Outcome]) -> Iterator[str]:
    """Of one form's answers."""
    silent = sum(one.conclusion is None for one in answered)
    if silent and silent >= FORMAT_FROM * len(answered):
        yield (
            f"{silent} of {len(answered)} answers have no conclusion. Accuracy with failures as"
            " errors then says as much of the format as of detection: read it beside accuracy on"
            " parsed and the AUC, which does not need a word."
        )
    kinds = Counter(one.score.kind for one in answered if one.score.value is not None)
    if forced := kinds[ScoreKind.FORCED_CONCLUSION]:
        yield (
            f"{forced} answers were cut and their label word asked for: their scores are of"
            " another scale, and stand in one ranking with the others."
        )
    if answered and not kinds:
        yield "No answer has a score: the engine gives no log probabilities. There is no ranking."
    elif missing := len(answered) - kinds.total():
        yield f"{missing} answers have no score, and are not in the ranking."
    low = sum(one.score.mass is not None and one.score.mass < MIN_MASS for one in answered)
    if low:
        yield (
            f"In {low} answers the label words hold under {MIN_MASS:g} of the model's belief: the"
            " service calls them uncertain, whatever their score."
        )
