"""Decisions and verdicts brought together: one media, one label, and where each comes from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from worker.datasets.decisions.decision import Decision, NotADecision, read_decision
from worker.datasets.decisions.judged import Judged, NotAVerdict, read_judged
from worker.domain.verdict import ActionHint
from worker.labelled.items import Truth


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One content that people decided about."""

    sha256: str
    decision: Truth
    decisions: tuple[Decision, ...]
    """All about it, oldest first; each reviewer's last one counts."""
    verdicts: tuple[Judged, ...]
    """All about these bytes, in the order of their topic; none where no model had judged them."""


@dataclass(slots=True)
class Joined:
    """What came of it."""

    reviewed: list[Reviewed] = field(default_factory=list)
    disputed: list[str] = field(default_factory=list)
    """Contents about which as many say real as fake: they have no label."""
    unmatched: int = 0
    """Decisions whose verdict is not there, and that name no hash."""
    no_decision: list[str] = field(default_factory=list)
    """Why lines or records are no decisions: the first of them."""
    no_decisions: int = 0
    no_verdicts: int = 0
    by_people: int = 0
    """Verdicts that repeat a person's word."""
    judged: dict[ActionHint, int] = field(default_factory=dict)
    """All contents with a verdict, by the last hint: what the reviewed ones are a part of."""

    @property
    def shares(self) -> dict[ActionHint, tuple[int, int]]:
        """Of each hint: contents that were reviewed, and all. How far review is a biased sample."""
        found = {hint: [0, count] for hint, count in self.judged.items()}
        for one in self.reviewed:
            if one.verdicts:
                found[one.verdicts[-1].action_hint][0] += 1
        return {hint: (reviewed, count) for hint, (reviewed, count) in found.items()}


SHOWN = 5
"""Faulty lines whose fault is kept."""


def join(verdicts: Iterable[bytes | None], decisions: Iterable[bytes | None]) -> Joined:
    """Read both whole, and join them by verdict id or by the hash of the bytes.

    Of a verdict that came twice the last one counts. Memory: what a verdict keeps, for each.
    """
    joined = Joined()
    by_hash = _judged(verdicts, joined)
    hashes = {one.verdict_id: digest for digest, mine in by_hash.items() for one in mine}
    about: dict[str, list[Decision]] = defaultdict(list)
    for decision in _decided(decisions, joined):
        digest = decision.sha256 or hashes.get(decision.verdict_id or "")
        if digest is None:
            joined.unmatched += 1
        else:
            about[digest].append(decision)
    for digest, mine in about.items():
        label = _agreed(mine)
        if label is None:
            joined.disputed.append(digest)
            continue
        ordered = tuple(sorted(mine, key=lambda one: one.decided_at))
        joined.reviewed.append(Reviewed(digest, label, ordered, tuple(by_hash.get(digest, ()))))
    for judged in by_hash.values():
        hint = judged[-1].action_hint
        joined.judged[hint] = joined.judged.get(hint, 0) + 1
    return joined


def _judged(verdicts: Iterable[bytes | None], joined: Joined) -> dict[str, list[Judged]]:
    by_id: dict[str, Judged] = {}
    for value in verdicts:
        try:
            judged = read_judged(value)
        except NotAVerdict:
            joined.no_verdicts += 1
            continue
        if judged is None:
            joined.by_people += 1
            continue
        # Taken out first, so that the last one stands last.
        by_id.pop(judged.verdict_id, None)
        by_id[judged.verdict_id] = judged
    by_hash: dict[str, list[Judged]] = defaultdict(list)
    for judged in by_id.values():
        by_hash[judged.sha256].append(judged)
    return dict(by_hash)


def _decided(decisions: Iterable[bytes | None], joined: Joined) -> Iterable[Decision]:
    for number, value in enumerate(decisions, 1):
        try:
            yield read_decision(value)
        except NotADecision as error:
            joined.no_decisions += 1
            if len(joined.no_decision) < SHOWN:
                joined.no_decision.append(f"{number}: {error}")


def _agreed(decisions: Sequence[Decision]) -> Truth | None:
    """The label of most reviewers, by the last word of each; None at a draw."""
    last: dict[str, Decision] = {}
    for one in sorted(decisions, key=lambda one: one.decided_at):
        last[one.decided_by] = one
    fakes = sum(one.decision is Truth.FAKE for one in last.values())
    reals = len(last) - fakes
    return None if fakes == reals else Truth.FAKE if fakes > reals else Truth.REAL
