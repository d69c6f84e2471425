from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.factories import make_facts
from worker.domain.declared_type import MAX_LENGTH, other_type


@pytest.mark.parametrize(
    ("declared", "found", "other"),
    [
        ("image/png", "image/jpeg", "image/png"),
        ("video/mp4", "image/jpeg", "video/mp4"),
        ("image/jpeg", "image/jpeg", None),
        ("image/jpg", "image/jpeg", None),
        (" Image/JPEG; charset=binary", "image/jpeg", None),
        ("image/heic", "image/heif", None),
        ("application/octet-stream", "image/jpeg", None),
        ("image/svg+xml", "image/png", "image/svg+xml"),
        ("image/*", "image/png", None),
        ("", "image/png", None),
        (None, "image/png", None),
        ("<script>alert(1)</script>/x", "image/png", None),
        ("image/png\r\nX-Evil: 1", "image/jpeg", None),
        ("a" * 300 + "/b", "image/png", None),
        ("image/" + "b" * 60, "image/png", None),
    ],
)
def test_only_another_media_type_is_told(
    declared: str | None, found: str, other: str | None
) -> None:
    assert other_type(declared, found) == other


@given(st.text(max_size=500))
def test_what_is_told_is_safe_to_show_whatever_was_declared(declared: str) -> None:
    told = make_facts().declared_as(declared).declared_mime
    assert told is None or (
        len(told) <= MAX_LENGTH and told.isascii() and set(told) <= set(TOKENS) and "/" in told
    )


TOKENS = "abcdefghijklmnopqrstuvwxyz0123456789.+-/"


def test_an_answer_from_the_cache_forgets_what_another_upload_declared() -> None:
    facts = make_facts().declared_as("image/png")
    assert facts.declared_mime == "image/png"
    assert facts.declared_as(None).declared_mime is None
