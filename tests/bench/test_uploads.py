"""The mixed uploads are those that their description promises."""

from __future__ import annotations

import json
import statistics
from base64 import b64decode
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest

from scripts.bench.uploads import Mix
from worker.domain.upload import UploadEvent

COUNT = 20_000


def uploads(seed: int, count: int = COUNT) -> list[dict[str, Any]]:
    mix = Mix(seed)
    return [json.loads(mix(number)) for number in range(count)]


def shares(values: list[str]) -> dict[str, float]:
    return {name: seen / len(values) for name, seen in Counter(values).items()}


@pytest.fixture(scope="module")
def mixed() -> list[dict[str, Any]]:
    return uploads(1)


def test_they_are_events_that_the_worker_reads(mixed: list[dict[str, Any]]) -> None:
    for one in mixed[:100]:
        assert UploadEvent.model_validate(one).media.inline


def test_the_same_seed_gives_the_same_contents_and_another_one_others() -> None:
    def contents(seed: int) -> list[str]:
        return [one["media"]["inline"] for one in uploads(seed, 200)]

    assert contents(1) == contents(1)
    assert not set(contents(1)) & set(contents(2))


def test_ids_are_their_own(mixed: list[dict[str, Any]]) -> None:
    assert len({one["event_id"] for one in mixed}) == COUNT


def test_three_in_ten_were_seen_before_and_a_few_come_often(mixed: list[dict[str, Any]]) -> None:
    seen = Counter(one["media"]["inline"] for one in mixed)
    assert 1 - len(seen) / COUNT == pytest.approx(Mix.DUPLICATES, abs=0.02)
    counts = [count for _, count in seen.most_common()]
    # By Zipf's law with exponent 1 the tenth comes a tenth as often as the first, and so on; the
    # logarithm of the catalogue's size is what they share.
    assert counts[0] > 5 * counts[9]
    assert counts[0] > 200
    assert statistics.median(counts) == 1


def test_sizes_have_the_tail_that_is_told(mixed: list[dict[str, Any]]) -> None:
    sizes = sorted(len(b64decode(one["media"]["inline"])) for one in mixed)
    assert statistics.median(sizes) == pytest.approx(2048, rel=0.1)
    assert sizes[int(0.99 * COUNT)] == pytest.approx(20_970, rel=0.25)
    assert sizes[0] >= Mix.LEAST_BYTES
    assert sizes[-1] <= Mix.MOST_BYTES


def test_kinds_and_surfaces_have_their_shares(mixed: list[dict[str, Any]]) -> None:
    kinds = shares([one["media"]["mime"] for one in mixed])
    for kind, share in zip(Mix.KINDS, Mix.KIND_SHARES, strict=True):
        assert kinds[kind] == pytest.approx(share / 100, abs=0.04)
    surfaces = shares([one["surface"] for one in mixed])
    for surface, share in zip(Mix.SURFACES, Mix.SURFACE_SHARES, strict=True):
        assert surfaces[surface] == pytest.approx(share / 100, abs=0.02)


def test_tenants_follow_zipfs_law(mixed: list[dict[str, Any]]) -> None:
    tenants = Counter(one["tenant"] for one in mixed)
    assert len(tenants) == Mix.TENANTS
    ordered = [count for _, count in sorted(tenants.items())]
    assert all(larger > smaller for larger, smaller in pairwise(ordered[:4]))
    assert ordered[0] > 5 * ordered[-1]
