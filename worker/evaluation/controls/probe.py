"""How well the labels are told without a look at a single pixel: by length, size and container."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from worker.datasets.facts import Facts
from worker.datasets.leaks import ALL, LEAK_FROM, Leak, find_leaks
from worker.domain.media import MediaKind
from worker.evaluation.metrics.answers import Answers
from worker.evaluation.metrics.estimate import DIGITS, Estimate
from worker.evaluation.metrics.summary import auc_of
from worker.evaluation.outcome import Outcome
from worker.evaluation.variants.registry import CANONICAL

SHOWN = 4
"""Single properties of a kind and variant that are told, beside all together."""


class Probe(BaseModel):
    """A small tree on facts of the file, measured on media that it was not fitted to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    variant: str
    kind: MediaKind
    facts: str = Field(description="Which it looks at; its bytes are none of them.")
    auc: Estimate
    model_auc: Estimate = Field(description="Of the model, on the same media.")
    real: str = Field(description="What is usual of the real ones.")
    fake: str
    leaks: bool = Field(description=f"Whether the interval begins at {LEAK_FROM} or above.")


def probes(
    answered: Sequence[Outcome], variants: Sequence[str], *, resamples: int, seed: int
) -> tuple[list[Probe], list[str]]:
    """For each variant and kind of media, and why others have none.

    By ``worker/datasets/leaks.py``, which also tells what the tree is and how it is fitted: each
    media is scored by a tree that did not see it. The size in bytes of a canonical file is not
    looked at: at one quality it follows from the pixels alone.
    """
    rows: list[Probe] = []
    notes: list[str] = []
    for variant in variants:
        mine = [one for one in answered if one.variant == variant and one.bytes is not None]
        facts = [_facts(one, with_bytes=variant != CANONICAL) for one in mine]
        leaks, untested = find_leaks(facts, seed=seed)
        for kind in MediaKind:
            inside = Answers.of([one for one in mine if one.kind is kind])
            found = [one for one in leaks if one.kind is kind]
            if found:
                model = auc_of(inside, resamples=resamples, seed=seed)
                rows += [_probe(variant, one, model, len(inside)) for one in _chosen(found)]
            elif len(inside) and kind not in {few.kind for few in untested}:
                notes.append(
                    f"{variant}: no fact of the {kind}s is left that could tell them apart"
                )
        notes += [
            f"{variant}: {few.real} real and {few.fake} fake {few.kind}s are too few to probe"
            for few in untested
        ]
    return rows, notes


def _chosen(leaks: Sequence[Leak]) -> list[Leak]:
    """All together first; then the best ones by themselves."""
    single = [one for one in leaks if one.property != ALL]
    return [one for one in leaks if one.property == ALL] + single[:SHOWN]


def _probe(variant: str, leak: Leak, model: Estimate, items: int) -> Probe:
    low, high, auc = (round(value, DIGITS) for value in (leak.low, leak.high, leak.auc))
    return Probe(
        variant=variant,
        kind=leak.kind,
        facts=leak.property,
        auc=Estimate(value=auc, low=low, high=high, items=items),
        model_auc=model,
        real=leak.real,
        fake=leak.fake,
        leaks=leak.leaks,
    )


def _facts(one: Outcome, *, with_bytes: bool) -> Facts:
    return Facts(
        path=one.path,
        name=one.path,
        label=one.label,
        group=one.group,
        bytes=(one.bytes or 0) if with_bytes else 0,
        mtime_ns=0,
        kind=one.kind,
        mime=one.mime,
        codec=one.codec,
        width=one.width,
        height=one.height,
        frames=one.frames,
        duration_s=one.duration_s,
    )
