"""All that two runs say about each other, as data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from worker import __version__
from worker.domain.generation import AnswerForm
from worker.evaluation.comparison.differences import Differences, auc_difference, differences
from worker.evaluation.comparison.gate import Gate, Passing, judge
from worker.evaluation.comparison.mcnemar import McNemar, mcnemar
from worker.evaluation.comparison.pairs import Joined, Pair
from worker.evaluation.manifest import Manifest
from worker.evaluation.outcome import Outcome, Said
from worker.evaluation.report.errors import MAX_NAME, MAX_TEXT
from worker.evaluation.report.groups import UNNAMED, bucket, bucket_order
from worker.labelled.items import Truth
from worker.parsing.reply import parse
from worker.printable import shortened


class Side(BaseModel):
    """One run."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    form: AnswerForm
    run: Manifest


class PartDifference(BaseModel):
    """Some of the media."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    media: int
    reals: int
    fakes: int
    differences: Differences
    mcnemar: McNemar


class Words(BaseModel):
    """What one run said of a media. Untrusted text, bounded and printable."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    said: Said | None
    score: float | None
    reasoning: str


class Changed(BaseModel):
    """A media that one run alone is right about."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    group: str | None
    label: Truth
    sha256: str | None
    better: bool = Field(description="The later run is right.")
    before: Words
    after: Words


class Comparison(BaseModel):
    """A later run against an earlier one, on the media that both answered."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    made_at: AwareDatetime
    made_by: str
    before: Side
    after: Side
    compared: int
    only_before: int
    only_after: int
    other_bytes: int
    other_label: int
    resamples: int
    seed: int
    whole: PartDifference
    kinds: list[PartDifference]
    generators: list[PartDifference]
    resolutions: list[PartDifference]
    changed: list[Changed] = Field(description="Those that became worse first.")
    changed_left_out: int
    gates: list[Passing]
    notices: list[str]


class Wish(BaseModel):
    """What a person asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    resamples: int = 1000
    seed: int = 0
    changed: int = 40
    gates: tuple[Gate, ...] = ()
    surely: bool = False


def compare(before: Side, after: Side, joined: Joined, wish: Wish, now: datetime) -> Comparison:
    """Everything. There must be a pair."""
    pairs = joined.pairs
    whole = _part("all media", pairs, wish)
    changed = [pair for pair in pairs if pair.before.correct is not pair.after.correct]
    changed.sort(key=lambda pair: (pair.after.correct, pair.before.path))
    return Comparison(
        made_at=now,
        made_by=f"ivy-worker {__version__}",
        before=before,
        after=after,
        compared=len(pairs),
        only_before=joined.only_before,
        only_after=joined.only_after,
        other_bytes=joined.other_bytes,
        other_label=joined.other_label,
        resamples=wish.resamples,
        seed=wish.seed,
        whole=whole,
        kinds=_parts(pairs, lambda one: one.kind.value if one.kind else UNNAMED, wish),
        generators=_generators(pairs, wish),
        resolutions=sorted(
            _parts(pairs, bucket, wish), key=lambda part: bucket_order().index(part.name)
        ),
        changed=[_changed(pair) for pair in changed[: wish.changed]],
        changed_left_out=max(0, len(changed) - wish.changed),
        gates=judge(wish.gates, whole.differences, surely=wish.surely),
        notices=_notices(before, after, joined),
    )


def _part(name: str, pairs: Sequence[Pair], wish: Wish) -> PartDifference:
    fakes = sum(pair.before.label is Truth.FAKE for pair in pairs)
    return PartDifference(
        name=name,
        media=len(pairs),
        reals=len(pairs) - fakes,
        fakes=fakes,
        differences=differences(pairs, resamples=wish.resamples, seed=wish.seed),
        mcnemar=mcnemar(pairs),
    )


def _parts(
    pairs: Sequence[Pair], name_of: Callable[[Outcome], str], wish: Wish
) -> list[PartDifference]:
    members: dict[str, list[Pair]] = {}
    for pair in pairs:
        members.setdefault(name_of(pair.before), []).append(pair)
    return [_part(name, inside, wish) for name, inside in sorted(members.items())]


def _generators(pairs: Sequence[Pair], wish: Wish) -> list[PartDifference]:
    """Fakes without real media of their own are ranked against all real ones of their kind."""
    rows = []
    for part in _parts(pairs, lambda one: one.group or UNNAMED, wish):
        if part.reals or not part.fakes:
            rows.append(part)
            continue
        own = [pair for pair in pairs if (pair.before.group or UNNAMED) == part.name]
        kinds = {pair.before.kind for pair in own}
        reals = [
            pair for pair in pairs if pair.before.label is Truth.REAL and pair.before.kind in kinds
        ]
        ranked = auc_difference([*own, *reals], resamples=wish.resamples, seed=wish.seed)
        rows.append(
            part.model_copy(
                update={"differences": part.differences.model_copy(update={"auc": ranked})}
            )
        )
    return rows


def _changed(pair: Pair) -> Changed:
    one = pair.before
    return Changed(
        path=shortened(one.path, MAX_NAME),
        group=None if one.group is None else shortened(one.group, MAX_NAME),
        label=one.label,
        sha256=one.sha256,
        better=pair.after.correct,
        before=_words(one),
        after=_words(pair.after),
    )


def _words(one: Outcome) -> Words:
    reasoning = " ".join(parse(one.text).reasoning[: 2 * MAX_TEXT].split())
    return Words(
        said=one.conclusion, score=one.score.value, reasoning=shortened(reasoning, MAX_TEXT)
    )


def _notices(before: Side, after: Side, joined: Joined) -> list[str]:
    notices = []
    if before.run.question.set.fingerprint != after.run.question.set.fingerprint:
        notices.append(
            "The runs are of two sets: only media with one name and the same bytes count."
        )
    if left := joined.only_before + joined.only_after:
        notices.append(
            f"{left} media have an answer in one run alone: {joined.only_before} in"
            f" {before.name}, {joined.only_after} in {after.name}. They are not compared."
        )
    if joined.other_bytes:
        notices.append(f"{joined.other_bytes} media have other bytes in each: not compared.")
    if joined.other_label:
        notices.append(f"{joined.other_label} media are labelled otherwise in each: not compared.")
    if before.form is not after.form:
        notices.append(
            f"{before.form.value} against {after.form.value}: scores of two kinds. Their rankings"
            " compare, their values do not."
        )
    return notices
