"""What is wrong with a labelled set, in one report."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from worker.datasets.duplicates import (
    NEAR,
    Groups,
    across_splits,
    contradictions,
    exact_groups,
    near_groups,
)
from worker.datasets.facts import Facts
from worker.datasets.leaks import LEAK_FROM, Leak, Untested, find_leaks
from worker.labelled.aside import Doubt
from worker.labelled.items import LabelledSet, Truth

NAMED = 20
"""Groups or files of a kind that are named in a report."""

IN_GROUP = 10
"""Files of a group that are named."""

ANNOTATIONS = {Doubt.CONCLUSION_CONTRADICTS, Doubt.LOOPING, Doubt.NO_CONCLUSION}


class Fault(StrEnum):
    """What ``--fail-on`` knows."""

    UNREADABLE = "unreadable"
    DUPLICATES = "duplicates"
    NEAR_DUPLICATES = "near-duplicates"
    ACROSS_SPLITS = "across-splits"
    CONTRADICTIONS = "contradictions"
    LEAKS = "leaks"
    ANNOTATIONS = "annotations"
    RECORDS = "records"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Unreadable(_Part):
    """A file that gives no pixels."""

    name: str
    problem: str


class GroupFound(_Part):
    """Files that belong together."""

    names: list[str] = Field(description="The first of them.")
    count: int
    labels: list[Truth]
    splits: list[str]


class GroupsFound(_Part):
    """All groups of one kind."""

    groups: int
    files: int = Field(description="In all groups together.")
    first: list[GroupFound]


class AsideFound(_Part):
    """Records or annotations that could not be taken at their word."""

    doubt: Doubt
    count: int
    names: list[str]


class CheckReport(_Part):
    """The whole report; its JSON is this model."""

    set: str
    layout: str
    files: int
    real: int
    fake: int
    explained: int = Field(description="Files with a usable explanation.")
    aside: list[AsideFound]
    unreadable: int
    unreadable_first: list[Unreadable]
    duplicates: GroupsFound = Field(description="The same bytes.")
    near_duplicates: GroupsFound = Field(description="The same bytes, or alike to the eye.")
    near_bits: int = Field(description="Bits in which perceptual hashes may differ.")
    across_splits: GroupsFound = Field(description="Near-duplicates in more than one split.")
    contradictions: GroupsFound = Field(description="The same bytes with both labels.")
    near_contradictions: GroupsFound = Field(description="Alike to the eye, with both labels.")
    leaks: list[Leak]
    leak_limit: float
    untested: list[Untested]

    @property
    def faults(self) -> dict[Fault, int]:
        """How many there are of each."""
        return {
            Fault.UNREADABLE: self.unreadable,
            Fault.DUPLICATES: self.duplicates.groups,
            Fault.NEAR_DUPLICATES: self.near_duplicates.groups,
            Fault.ACROSS_SPLITS: self.across_splits.groups,
            Fault.CONTRADICTIONS: self.contradictions.groups,
            Fault.LEAKS: sum(leak.leaks for leak in self.leaks),
            Fault.ANNOTATIONS: sum(one.count for one in self.aside if one.doubt in ANNOTATIONS),
            Fault.RECORDS: sum(one.count for one in self.aside if one.doubt not in ANNOTATIONS),
        }


def check(
    labelled: LabelledSet,
    facts: Sequence[Facts],
    *,
    near: int = NEAR,
    leak_limit: float = LEAK_FROM,
    seed: int = 0,
) -> CheckReport:
    """Examine a set whose media were all looked at; ``facts`` in the order of its items."""
    exact, alike = exact_groups(facts), near_groups(facts, near)
    broken = [one for one in facts if not one.readable]
    leaks, untested = find_leaks(facts, limit=leak_limit, seed=seed)
    return CheckReport(
        set=labelled.name,
        layout=labelled.layout,
        files=len(labelled.items),
        real=labelled.count(Truth.REAL),
        fake=labelled.count(Truth.FAKE),
        explained=sum(item.reasoning is not None for item in labelled.items),
        aside=[
            AsideFound(doubt=one.doubt, count=one.count, names=list(one.names))
            for one in labelled.aside
        ],
        unreadable=len(broken),
        unreadable_first=[
            Unreadable(name=one.name, problem=one.problem or "") for one in broken[:NAMED]
        ],
        duplicates=_found(facts, exact),
        near_duplicates=_found(facts, alike),
        near_bits=near,
        across_splits=_found(facts, across_splits(facts, alike)),
        contradictions=_found(facts, contradictions(facts, exact)),
        near_contradictions=_found(facts, contradictions(facts, alike)),
        leaks=leaks,
        leak_limit=leak_limit,
        untested=untested,
    )


def _found(facts: Sequence[Facts], groups: Groups) -> GroupsFound:
    return GroupsFound(
        groups=len(groups),
        files=sum(map(len, groups)),
        first=[
            GroupFound(
                names=[facts[place].name for place in group[:IN_GROUP]],
                count=len(group),
                labels=sorted({facts[place].label for place in group}),
                splits=sorted({facts[place].split or "" for place in group} - {""}),
            )
            for group in groups[:NAMED]
        ],
    )
