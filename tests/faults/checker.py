"""Whether every event came to its outcome, once or as often as the mode allows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tests.faults.outcome import Outcome, Published
from tests.faults.stream import Stream
from tests.faults.upload import Upload

NAMED = 3
"""Events named in one problem."""


@dataclass(frozen=True, slots=True)
class Report:
    """What the topics say, read from their beginnings."""

    events: int
    lost: int
    duplicated: int
    problems: tuple[str, ...]
    times: tuple[float, ...]
    """When each outcome was written, in seconds since the epoch."""
    reasons: dict[str, int]
    """Dead letters by reason, duplicates and all."""


def check(stream: Stream, *, transactional: bool = False) -> Report:
    """Read every outcome, and hold it against what was published and what was committed.

    In transactional mode only committed records are read, and no duplicate is allowed.
    """
    outcomes = stream.reader(committed_only=transactional).all()
    report = judge(stream.published, outcomes, transactional=transactional)
    committed, ends = stream.committed(), stream.ends()
    if committed == ends:
        return report
    uneven = f"committed {committed}, and the ends are {ends}"
    return replace(report, problems=(*report.problems, uneven))


def judge(
    published: Published, outcomes: Sequence[Outcome], *, transactional: bool = False
) -> Report:
    """What outcomes mean for these events."""
    expected = {upload.event_id: upload for upload in published.values()}
    by_event: dict[str, list[Outcome]] = defaultdict(list)
    strangers = []
    for outcome in outcomes:
        event_id = outcome.event_in(published)
        if event_id in expected:
            by_event[event_id].append(outcome)
        else:
            strangers.append(event_id or outcome.source)
    problems = list(_faults(by_event, expected))
    if strangers:
        problems.append(f"{len(strangers)} outcomes of no event: {strangers[:NAMED]}")
    lost = sorted(set(expected) - set(by_event))
    if lost:
        problems.append(f"lost: {', '.join(lost[:NAMED])} ...")
    duplicated = sum(len(found) - 1 for found in by_event.values())
    if transactional and duplicated:
        problems.append(f"{duplicated} duplicates among committed records")
    return Report(
        events=len(expected),
        lost=len(lost),
        duplicated=duplicated,
        problems=tuple(problems),
        times=tuple(sorted(outcome.at for outcome in outcomes)),
        reasons=dict(Counter(outcome.reason for outcome in outcomes if outcome.reason)),
    )


def _faults(by_event: dict[str, list[Outcome]], expected: dict[str, Upload]) -> Iterator[str]:
    """Each kind of fault once, with how many events have it."""
    found: dict[str, list[str]] = defaultdict(list)
    for event_id, outcomes in by_event.items():
        label = expected[event_id].label
        ids = {outcome.verdict_id for outcome in outcomes}
        labels = {outcome.label for outcome in outcomes}
        if ids == {None}:
            if label is not None:
                reasons = {outcome.reason for outcome in outcomes}
                found[f"sound, but dead letters ({reasons})"].append(event_id)
        elif None in ids:
            found["both a verdict and a dead letter"].append(event_id)
        elif len(ids) > 1:
            found["several verdict ids"].append(event_id)
        elif len(labels) > 1:
            found["several labels"].append(event_id)
        elif label is None:
            found["poison, but verdicts"].append(event_id)
        elif labels != {label}:
            found["wrong label"].append(event_id)
    for fault, event_ids in found.items():
        yield f"{len(event_ids)} events: {fault}: {', '.join(sorted(event_ids)[:NAMED])}"
