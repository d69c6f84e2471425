"""What a comparison finds, as data: printed as JSON, drawn as tables and as a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from worker.domain.verdict import ActionHint, Label
from worker.shadow.compared import STAGES, Compared
from worker.shadow.differences import (
    ScoreDifferences,
    StageDifference,
    score_differences,
    stage_difference,
)
from worker.shadow.matrix import Matrix
from worker.shadow.notices import notices
from worker.shadow.pair import SEVERITY, Pair, join
from worker.shadow.side import Side

MAX_GROUPS = 20
"""Tenants, or surfaces, with lines of their own; the largest ones. The rest is one line."""

REST = "(all others)"

LABELS = (Label.AUTHENTIC, Label.UNCERTAIN, Label.AI_GENERATED)
HINTS = tuple(SEVERITY)


class _Found(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SideFound(_Found):
    """What was read on one side."""

    name: str
    verdicts: int = Field(description="Read, duplicates included.")
    events: int = Field(description="Different events that were kept.")
    duplicates: int = Field(description="The same verdict again, by its id, of events kept.")
    replaced: int = Field(description="Another verdict about the same event; the last one counts.")
    unreadable: int = Field(description="Lines or records that are no verdict.")
    failed: int = Field(description="Lines of a scan about media without a verdict.")
    before: int = Field(description="Older than --since.")
    models: dict[str, int] = Field(description="Verdicts by model and revision.")
    modes: dict[str, int] = Field(description="Verdicts by mode.")
    first: AwareDatetime | None = Field(description="Time of the first event that was kept.")
    last: AwareDatetime | None


class Flip(_Found):
    """Events that would be acted upon otherwise."""

    live: ActionHint
    shadow: ActionHint
    count: int
    share: float = Field(description="Of all that was compared.")


class Group(_Found):
    """Agreement within one tenant, surface or kind of media."""

    name: str
    compared: int
    label_agreement: float
    hint_agreement: float
    mean_difference: float | None = Field(description="Shadow score minus live score.")


class Said(_Found):
    """One side of an example."""

    label: Label
    hint: ActionHint
    score: float | None
    explanation: str = Field(description="Its beginning. The model's word: untrusted text.")


class Example(_Found):
    """An event about which both sides disagree."""

    event_id: str
    content_id: str
    tenant: str
    surface: str
    kind: str
    difference: float | None
    live: Said
    shadow: Said


class Comparison(_Found):
    """A shadow's verdicts against the live ones."""

    made_at: AwareDatetime
    live: SideFound
    shadow: SideFound
    share: float = Field(description="Of all events that was kept, about; 1 where all were.")
    joined: int = Field(description="Events on both sides.")
    only_live: int
    only_live_outside: int = Field(
        description="Of them, from before the shadow's first event or after its last."
    )
    only_shadow: int
    only_shadow_outside: int
    other_content: int = Field(description="Joined, but the bytes differ: not compared.")
    by_person: int = Field(description="Joined, but a person decided: not compared.")
    label: Matrix
    hint: Matrix
    flips: list[Flip] = Field(description="Most severe first, then the most frequent.")
    score: ScoreDifferences | None
    stages: list[StageDifference]
    tenants: list[Group]
    surfaces: list[Group]
    kinds: list[Group]
    examples: list[Example] = Field(description="Largest disagreements first.")
    notices: list[str] = Field(description="What makes the figures mean something else.")

    @property
    def compared(self) -> int:
        """Pairs that the figures are about."""
        return self.label.compared


def compare(live: Side, shadow: Side, *, examples: int, now: datetime) -> Comparison:
    """All that two sides say. Their order matters: the shadow is held against the live one."""
    joined = join(live, shadow)
    pairs = [pair for pair in joined.pairs if pair.comparable]
    return Comparison(
        made_at=now,
        live=_side(live),
        shadow=_side(shadow),
        share=round(joined.share, 6),
        joined=len(joined.pairs),
        only_live=len(joined.only_live),
        only_live_outside=_outside(joined.only_live, shadow),
        only_shadow=len(joined.only_shadow),
        only_shadow_outside=_outside(joined.only_shadow, live),
        other_content=sum(not pair.same_content for pair in joined.pairs),
        by_person=sum(pair.same_content and pair.by_person for pair in joined.pairs),
        label=Matrix.of(((pair.live.label, pair.shadow.label) for pair in pairs), LABELS),
        hint=Matrix.of(((pair.live.hint, pair.shadow.hint) for pair in pairs), HINTS),
        flips=_flips(pairs),
        score=score_differences(_scores(pairs)),
        stages=_stages(pairs),
        tenants=_groups(pairs, lambda one: one.tenant),
        surfaces=_groups(pairs, lambda one: one.surface),
        kinds=_groups(pairs, lambda one: one.kind.value),
        examples=_examples(pairs, examples),
        notices=notices(live, shadow, pairs, joined),
    )


def _side(side: Side) -> SideFound:
    span = side.span
    return SideFound(
        name=side.name,
        verdicts=side.verdicts,
        events=len(side.events),
        duplicates=side.duplicates,
        replaced=side.replaced,
        unreadable=side.unreadable,
        failed=side.failed,
        before=side.before,
        models=dict(side.models.most_common()),
        modes={mode.value: count for mode, count in side.modes.most_common()},
        first=datetime.fromtimestamp(span[0], UTC) if span else None,
        last=datetime.fromtimestamp(span[1], UTC) if span else None,
    )


def _outside(events: Sequence[Compared], other: Side) -> int:
    if other.span is None:
        return len(events)
    first, last = other.span
    return sum(not first <= one.at <= last for one in events)


def _flips(pairs: Sequence[Pair]) -> list[Flip]:
    counts = Counter((pair.live.hint, pair.shadow.hint) for pair in pairs)
    flips = [
        Flip(live=live, shadow=shadow, count=count, share=round(count / len(pairs), 6))
        for (live, shadow), count in counts.items()
        if live is not shadow
    ]
    return sorted(
        flips,
        key=lambda one: (-abs(SEVERITY[one.live] - SEVERITY[one.shadow]), -one.count, one.live),
    )


def _scores(pairs: Sequence[Pair]) -> list[tuple[float, float]]:
    return [
        (pair.live.score, pair.shadow.score)
        for pair in pairs
        if pair.live.score is not None and pair.shadow.score is not None
    ]


def _stages(pairs: Sequence[Pair]) -> list[StageDifference]:
    asked = [pair for pair in pairs if not (pair.live.cached or pair.shadow.cached)]
    found = []
    for number, stage in enumerate(STAGES):
        spent = ((pair.live.stages_ms[number], pair.shadow.stages_ms[number]) for pair in asked)
        both = [(one, other) for one, other in spent if one is not None and other is not None]
        if (difference := stage_difference(stage, both)) is not None:
            found.append(difference)
    return found


def _groups(pairs: Sequence[Pair], name_of: Callable[[Compared], str]) -> list[Group]:
    """The largest groups, and one of all others."""
    members: dict[str, list[Pair]] = {}
    for pair in pairs:
        members.setdefault(name_of(pair.live), []).append(pair)
    ranked = sorted(members.items(), key=lambda group: (-len(group[1]), group[0]))
    groups = [_group(name, inside) for name, inside in ranked[:MAX_GROUPS]]
    rest = [pair for _, inside in ranked[MAX_GROUPS:] for pair in inside]
    return [*groups, _group(REST, rest)] if rest else groups


def _group(name: str, pairs: Sequence[Pair]) -> Group:
    scores = score_differences(_scores(pairs))
    return Group(
        name=name,
        compared=len(pairs),
        label_agreement=_share(pair.live.label is pair.shadow.label for pair in pairs),
        hint_agreement=_share(pair.live.hint is pair.shadow.hint for pair in pairs),
        mean_difference=scores.mean if scores else None,
    )


def _share(flags: Iterable[bool]) -> float:
    found = list(flags)
    return round(sum(found) / len(found), 6)


def _examples(pairs: Sequence[Pair], most: int) -> list[Example]:
    apart = [pair for pair in pairs if pair.weight > (0, 0.0)]
    # The id last, so that the same verdicts give the same examples.
    apart.sort(key=lambda pair: (*(-part for part in pair.weight), pair.live.event_id))
    return [_example(pair) for pair in apart[:most]]


def _example(pair: Pair) -> Example:
    difference = pair.difference
    return Example(
        event_id=pair.live.event_id,
        content_id=pair.live.content_id,
        tenant=pair.live.tenant,
        surface=pair.live.surface,
        kind=pair.live.kind.value,
        difference=None if difference is None else round(difference, 6),
        live=_said(pair.live),
        shadow=_said(pair.shadow),
    )


def _said(verdict: Compared) -> Said:
    return Said(
        label=verdict.label, hint=verdict.hint, score=verdict.score, explanation=verdict.excerpt
    )
