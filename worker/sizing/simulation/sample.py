"""Which workers of a large fleet are simulated, and how many each stands for.

Workers do not influence one another: each has the uploads of its own partitions, which are
independent (``arrivals.uploads_of``), and its own engine. Those with as many partitions, before and
during a failure, are therefore alike in distribution, and some of them tell about all of them: a
stratified sample, each member weighted by how many it stands for. Nothing about one worker is
thinned or scaled. Only the largest of all is not told by a sample, so maxima of single uploads are
not reported, quantiles are.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from worker.sizing.simulation.assignment import Assignment

RETURNING = 3
"""Lost workers followed in a large fleet, with all that got a partition of theirs."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Weights by worker. Whoever is not in it is not simulated."""

    survivors: dict[int, float]
    failed: dict[int, float]


def choose(assignment: Assignment, most: int, seed: int) -> Sample:
    """Everyone, if there are at most ``most``; or else some of each kind."""
    if assignment.workers <= most:
        return Sample(dict.fromkeys(assignment.survivors, 1.0), dict.fromkeys(assignment.failed, 1))
    rng = np.random.default_rng(seed)
    followed = list(assignment.failed[:RETURNING])
    theirs = {p for worker in followed for p in assignment.own(worker)}
    moved = assignment.moved()
    groups: dict[tuple[int, int], list[int]] = defaultdict(list)
    for worker in assignment.survivors:
        groups[len(assignment.own(worker)), len(moved.get(worker, ()))].append(worker)
    weights: dict[int, float] = {}
    for members in groups.values():
        # All that hold a partition of those that return, for they give it back.
        chosen = [w for w in members if theirs.intersection(moved.get(w, ()))]
        others = [w for w in members if w not in set(chosen)]
        wanted = min(len(others), max(2, most // len(groups)) - len(chosen))
        if wanted > 0:
            chosen += sorted(int(w) for w in rng.choice(others, wanted, replace=False))
        weights.update(dict.fromkeys(chosen, len(members) / len(chosen)))
    failed = dict.fromkeys(followed, assignment.lost / max(1, len(followed)))
    return Sample(weights, failed)
