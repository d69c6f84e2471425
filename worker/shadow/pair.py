"""Two verdicts about one event, and which of them can be compared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from worker.domain.verdict import ActionHint
from worker.shadow.compared import Compared
from worker.shadow.side import HASHES, Side, place_of

SEVERITY = {ActionHint.ALLOW: 0, ActionHint.REVIEW: 1, ActionHint.BLOCK: 2}


@dataclass(frozen=True, slots=True)
class Pair:
    """What both sides say of one event."""

    live: Compared
    shadow: Compared

    @property
    def comparable(self) -> bool:
        """Whether both are the models' own words about the same bytes."""
        return self.same_content and not self.by_person

    @property
    def same_content(self) -> bool:
        """A URL may have given other bytes the second time."""
        return self.live.content_hash == self.shadow.content_hash

    @property
    def by_person(self) -> bool:
        """Whether a person decided on either side."""
        return self.live.by_person or self.shadow.by_person

    @property
    def difference(self) -> float | None:
        """Shadow score minus live score."""
        if self.live.score is None or self.shadow.score is None:
            return None
        return self.shadow.score - self.live.score

    @property
    def weight(self) -> tuple[int, float]:
        """How much they disagree: by what would be done first, by the score then."""
        apart = abs(SEVERITY[self.live.hint] - SEVERITY[self.shadow.hint])
        return apart, abs(self.difference or 0.0)


@dataclass(frozen=True, slots=True)
class Join:
    """All events of two sides, by where they are."""

    pairs: list[Pair]
    only_live: list[Compared]
    only_shadow: list[Compared]
    share: float
    """Of all events, about: less than 1 where a side had more than its limit."""


def join(live: Side, shadow: Side) -> Join:
    """By event id, of the events that both sides would have kept."""
    bar = min(live.bar, shadow.bar)

    def sampled(side: Side) -> Iterable[Compared]:
        if side.bar == bar:
            return side.events.values()
        return (one for one in side.events.values() if place_of(one.event_id) < bar)

    pairs, only_live = [], []
    for one in sampled(live):
        other = shadow.events.get(one.event_id)
        if other is None:
            only_live.append(one)
        else:
            pairs.append(Pair(one, other))
    only_shadow = [one for one in sampled(shadow) if one.event_id not in live.events]
    return Join(pairs, only_live, only_shadow, share=bar / HASHES)
