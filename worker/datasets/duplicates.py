"""Media that are there more than once: byte for byte, or to the eye."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from worker.datasets.facts import Facts
from worker.domain.media import MediaKind

NEAR = 4
"""Bits of 64 in which the hashes of two that look alike may differ. Of 400 drawn pictures, 77 to
86 % of the copies in JPEG of quality 50, in half the size, or both, differ by no more, and so do 5
in 100,000 pairs of different ones."""

HASH_BITS = 64

Groups = list[tuple[int, ...]]
"""Places of the facts that belong together, two or more; in order."""


def exact_groups(facts: Sequence[Facts]) -> Groups:
    """Those of the same bytes."""
    by_hash: dict[str, list[int]] = defaultdict(list)
    for place, one in enumerate(facts):
        if one.sha256 is not None:
            by_hash[one.sha256].append(place)
    return [tuple(places) for places in by_hash.values() if len(places) > 1]


def near_groups(facts: Sequence[Facts], near: int = NEAR) -> Groups:
    """Those that look alike, directly or over others: components of the graph of likeness.

    Two clips look alike if each of their middle frames does. Those of the same bytes do, too.
    """
    pairs = set(_alike(facts, near))
    return joined(len(facts), [*exact_groups(facts), *pairs])


def joined(count: int, groups: Iterable[tuple[int, ...]]) -> Groups:
    """The groups of ``count`` places, those that share a place made one."""
    return _components(count, (pair for group in groups for pair in itertools.pairwise(group)))


def contradictions(facts: Sequence[Facts], groups: Groups) -> Groups:
    """The groups in which there are both labels."""
    return [group for group in groups if len({facts[place].label for place in group}) > 1]


def across_splits(facts: Sequence[Facts], groups: Groups) -> Groups:
    """The groups that lie in more than one split, such as train and test."""
    return [group for group in groups if len({facts[place].split for place in group} - {None}) > 1]


def _alike(facts: Sequence[Facts], near: int) -> Iterator[tuple[int, int]]:
    by_kind: dict[MediaKind, list[int]] = defaultdict(list)
    for place, one in enumerate(facts):
        if one.kind is not None and one.phashes:
            by_kind[one.kind].append(place)
    for places in by_kind.values():
        hashes = [[int(each, 16) for each in facts[place].phashes] for place in places]
        middle = np.array([each[len(each) // 2] for each in hashes], dtype=np.uint64)
        for a, b in _near_pairs(middle, near):
            if _all_near(hashes[a], hashes[b], near):
                yield places[a], places[b]


def _near_pairs(hashes: npt.NDArray[np.uint64], near: int) -> Iterable[tuple[int, int]]:
    """Pairs that differ in ``near`` bits at most.

    Of ``near + 1`` bands one is equal in each such pair: only those that share one are compared
    (Manku, Jain and Das Sarma, WWW 2007).
    """
    found: set[tuple[int, int]] = set()
    edges = np.linspace(0, HASH_BITS, near + 2).astype(int)
    for low, high in itertools.pairwise(edges):
        mask = np.uint64((1 << int(high - low)) - 1)
        band = (hashes >> np.uint64(low)) & mask
        order = np.argsort(band, kind="stable")
        starts = np.flatnonzero(np.diff(band[order])) + 1
        for bucket in np.split(order, starts):
            found.update(_within(hashes, bucket, near))
    return sorted(found)


def _within(
    hashes: npt.NDArray[np.uint64], bucket: npt.NDArray[np.intp], near: int
) -> Iterator[tuple[int, int]]:
    for place, one in enumerate(bucket[:-1]):
        others = bucket[place + 1 :]
        apart = np.bitwise_count(hashes[others] ^ hashes[one])
        for other in others[apart <= near]:
            yield min(int(one), int(other)), max(int(one), int(other))


def _all_near(one: Sequence[int], other: Sequence[int], near: int) -> bool:
    return len(one) == len(other) and all(
        (a ^ b).bit_count() <= near for a, b in zip(one, other, strict=True)
    )


def _components(count: int, pairs: Iterable[tuple[int, int]]) -> Groups:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    linked = sorted(set(pairs))
    if not linked:
        return []
    rows, columns = zip(*linked, strict=True)
    graph = coo_array((np.ones(len(linked)), (rows, columns)), shape=(count, count))
    _, component = connected_components(graph, directed=False)
    members: dict[int, list[int]] = defaultdict(list)
    for place in sorted({*rows, *columns}):
        members[int(component[place])].append(place)
    return [tuple(places) for places in members.values()]
