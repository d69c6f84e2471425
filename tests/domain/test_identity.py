"""Ids that must stay the same, and those that must change."""

from __future__ import annotations

import pytest

from tests.support.factories import make_identity
from worker.domain.cache_key import CacheKey, fingerprint
from worker.domain.media import Content
from worker.domain.verdict import verdict_id


def test_verdict_id_is_deterministic_across_releases() -> None:
    # A change here breaks every consumer that drops duplicates: it needs a new schema version.
    assert verdict_id("e-1", "ab" * 32, "0" * 16) == "c0bd9893-0839-5805-b297-4530c37f5c01"


def test_verdict_id_cannot_be_confused_by_joining() -> None:
    assert verdict_id("a", "b", "c") != verdict_id("ab", "", "c")


@pytest.mark.parametrize(
    "field",
    ["id", "revision", "prompt_version", "preprocessing_version", "sampling_version", "engine"],
)
def test_every_part_of_the_identity_changes_the_key(field: str) -> None:
    assert fingerprint(make_identity()) != fingerprint(make_identity(**{field: "other"}))


def test_content_is_hashed_here() -> None:
    content = Content.of(b"abc")
    assert content.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert str(CacheKey.of(content.sha256, make_identity())).endswith(":" + content.sha256)
