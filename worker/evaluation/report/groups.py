"""The same metrics on parts of a set."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pydantic import BaseModel, ConfigDict, Field

from worker.domain.media import MediaKind
from worker.evaluation.metrics.answers import Answers
from worker.evaluation.metrics.estimate import Estimate, unknown
from worker.evaluation.metrics.summary import Summary, auc_of, summarise
from worker.evaluation.outcome import Outcome
from worker.labelled.items import Truth

UNNAMED = "(no name)"

BUCKETS = (256, 512, 1024)
"""Bounds of the shorter side in pixels: a thumbnail, a forum's picture, a generator's own size."""


class Group(BaseModel):
    """A part of the answers, by one property."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    summary: Summary


class Generator(Group):
    """A generator's media, or another source's; of one kind."""

    kind: MediaKind
    auc: Estimate = Field(description="Of its fakes against the real media of `against`.")
    against: str


def by_kind(answered: Sequence[Outcome], *, resamples: int, seed: int) -> list[Group]:
    """By the kind that the decoder found, and not by the name: every media is in one group."""
    return _grouped(answered, lambda one: one.kind.value if one.kind else UNNAMED, resamples, seed)


def by_resolution(answered: Sequence[Outcome], *, resamples: int, seed: int) -> list[Group]:
    """By the source's shorter side, the smallest first."""
    groups = _grouped(answered, bucket, resamples, seed)
    return sorted(groups, key=lambda group: bucket_order().index(group.name))


def bucket(outcome: Outcome) -> str:
    """Of an answered outcome."""
    assert outcome.width is not None
    assert outcome.height is not None
    side = min(outcome.width, outcome.height)
    return bucket_name(sum(side >= bound for bound in BUCKETS))


def bucket_order() -> list[str]:
    """All names, the smallest sides first."""
    return [bucket_name(place) for place in range(len(BUCKETS) + 1)]


def bucket_name(place: int) -> str:
    """From 0, the smallest sides."""
    if place == 0:
        return f"under {BUCKETS[0]}"
    if place == len(BUCKETS):
        return f"{BUCKETS[-1]} and more"
    return f"{BUCKETS[place - 1]} to {BUCKETS[place] - 1}"


def by_generator(answered: Sequence[Outcome], *, resamples: int, seed: int) -> list[Generator]:
    """Fakes first. A generator without real media of its own is ranked against all of its kind."""
    rows = []
    for kind in MediaKind:
        inside = [one for one in answered if one.kind is kind]
        reals = [one for one in inside if one.label is Truth.REAL]
        members: dict[str, list[Outcome]] = {}
        for one in inside:
            members.setdefault(one.group or UNNAMED, []).append(one)
        for name, group in sorted(members.items()):
            summary = summarise(Answers.of(group), resamples=resamples, seed=seed)
            auc, against = _ranked(group, summary, reals, kind, resamples, seed)
            rows.append(Generator(name=name, kind=kind, summary=summary, auc=auc, against=against))
    return sorted(rows, key=lambda row: (row.kind, not row.summary.fakes, row.name.lower()))


def _ranked(
    group: Sequence[Outcome],
    summary: Summary,
    reals: Sequence[Outcome],
    kind: MediaKind,
    resamples: int,
    seed: int,
) -> tuple[Estimate, str]:
    if not summary.fakes:
        return unknown(summary.items, "it has no fakes"), ""
    if summary.reals:
        return summary.auc, f"its own {summary.reals} real"
    both = Answers.of([*group, *reals])
    return auc_of(both, resamples=resamples, seed=seed), f"all {len(reals)} real {kind}s"


def _grouped(
    answered: Sequence[Outcome], name_of: Callable[[Outcome], str], resamples: int, seed: int
) -> list[Group]:
    members: dict[str, list[Outcome]] = {}
    for one in answered:
        members.setdefault(name_of(one), []).append(one)
    return [
        Group(name=name, summary=summarise(Answers.of(group), resamples=resamples, seed=seed))
        for name, group in sorted(members.items())
    ]
