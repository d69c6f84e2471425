"""What one upload of a demand costs: the measured costs, weighted by what comes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from worker.sizing.costs import Costs, DecodeCost, EngineCost
from worker.sizing.curve import Curve, blend
from worker.sizing.demand import Demand


class Missing(Exception):
    """A figure that the plan needs is not in the costs; the text says how to measure it."""


@dataclass(frozen=True, slots=True)
class KindLoad:
    """New uploads of one kind."""

    name: str
    share: float
    """Of the new uploads."""
    questions: float
    """To the engine, for one upload."""
    work: float
    """Engine time of one upload, 1 being the mean of all new uploads."""
    scv: float
    """Squared coefficient of variation of the work of one upload of this kind."""
    decode_s: float
    """Seconds of one core."""
    alone_s: float
    """Seconds in an engine with nothing else in it, its questions one by one."""
    pixel_bytes: float


@dataclass(frozen=True, slots=True)
class Load:
    """The mean new upload, and what comes beside it."""

    kinds: tuple[KindLoad, ...]
    curve: Curve
    """New uploads a second, by questions in the engine."""
    limit: int
    """Questions worked on at once."""
    duplicate_share: float
    plumbing_s: float
    """Seconds of the worker's own process for the mean upload, duplicates included."""

    @property
    def capacity(self) -> float:
        """New uploads a second that one full engine answers."""
        return self.curve.rate(self.limit)

    @property
    def scv(self) -> float:
        """Of the work in one new upload, all kinds together."""
        return sum(k.share * k.work**2 * (1 + k.scv) for k in self.kinds) - 1

    @property
    def decode_s(self) -> float:
        """Seconds of one core for the mean new upload."""
        return sum(k.share * k.decode_s for k in self.kinds)

    @property
    def decode_scv(self) -> float:
        """Squared coefficient of variation of that: the kinds differ, one kind is taken as even."""
        return sum(k.share * k.decode_s**2 for k in self.kinds) / self.decode_s**2 - 1

    def slowest(self, share: float) -> KindLoad:
        """The kind with the most work, of those without which ``share`` of all is not covered."""
        covered = 0.0
        for kind in sorted(self.kinds, key=lambda one: one.work):
            covered += kind.share
            if covered >= share - 1e-12:
                return kind
        return max(self.kinds, key=lambda one: one.work)


def load_of(demand: Demand, costs: Costs) -> Load:
    """Raises ``Missing``."""
    shares = {"image": 1 - demand.video_share, "video": demand.video_share}
    engines = {
        name: _engine(name, costs.engine.image if name == "image" else costs.engine.video)
        for name, share in shares.items()
        if share > 0
    }
    questions = {
        "image": 1 + demand.second_pass_share,
        "video": windows_of(demand.video_seconds, costs) + demand.second_pass_share,
    }
    curves = {name: _curve(engine) for name, engine in engines.items()}
    curve = blend([(shares[name] * questions[name], curves[name]) for name in engines])
    limit = costs.engine.max_num_seqs
    kinds = []
    for name, engine in engines.items():
        kinds.append(
            KindLoad(
                name=name,
                share=shares[name],
                questions=questions[name],
                work=questions[name] / curves[name].rate(limit) * curve.rate(limit),
                scv=engine.scv / questions[name],
                decode_s=_decode_s(name, demand, costs, questions[name]),
                alone_s=questions[name] / curves[name].rate(1),
                pixel_bytes=engine.pixel_bytes,
            )
        )
    new = 1 - demand.duplicate_share
    plumbing = costs.plumbing
    return Load(
        kinds=tuple(kinds),
        curve=curve,
        limit=limit,
        duplicate_share=demand.duplicate_share,
        plumbing_s=new * plumbing.new_cpu_s + demand.duplicate_share * plumbing.cached_cpu_s,
    )


def windows_of(seconds: float, costs: Costs) -> int:
    """Questions about a video of this length, by the settings that were measured with."""
    cut = costs.windows
    if seconds <= cut.longer_than_s:
        return 1
    return min(cut.max_count, math.ceil(seconds / cut.length_s))


def _engine(name: str, engine: EngineCost | None) -> EngineCost:
    if engine is None:
        raise Missing(
            f"the file of costs has no engine figures for one {name}: measure again without"
            f" --only, or set --video-share to {1 if name == 'image' else 0}"
        )
    return engine


def _curve(engine: EngineCost) -> Curve:
    return Curve(tuple((point.concurrency, point.items_per_s) for point in engine.points))


def _decode_s(name: str, demand: Demand, costs: Costs, questions: float) -> float:
    """Of one upload. A long video is opened once for its windows, and decoded for each."""
    found = [cost for cost in costs.decode if cost.kind == name]
    if not found:
        raise Missing(f"the file of costs has no decode figures for one {name}: measure again")
    wanted = demand.image_megapixels if name == "image" else demand.video_megapixels
    once = _mean(found) if wanted is None else _at_size(found, wanted)
    return once * max(1.0, questions - demand.second_pass_share)


def _mean(found: Sequence[DecodeCost]) -> float:
    return sum(cost.cpu_s for cost in found) / len(found)


def _at_size(found: Sequence[DecodeCost], megapixels: float) -> float:
    """A straight line between two measured sizes; beyond them, in proportion to the pixels."""
    sizes = sorted({cost.megapixels for cost in found})
    at = [(size, _mean([cost for cost in found if cost.megapixels == size])) for size in sizes]
    if megapixels <= at[0][0]:
        return at[0][1]
    for (small, low), (large, high) in pairwise(at):
        if megapixels <= large:
            return low + (high - low) * (megapixels - small) / (large - small)
    return at[-1][1] * megapixels / at[-1][0]
