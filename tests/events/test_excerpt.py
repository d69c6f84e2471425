"""Texts with their middle left out."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from worker.events.excerpt import MARK, excerpt_of

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
WALES = "\U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f"
FRANCE = "\U0001f1eb\U0001f1f7"
THUMB = "\U0001f44d\U0001f3fd"
CHARACTERS = ("a", "\u00e9", "e\u0301", "\u4e16", FAMILY, WALES, FRANCE, THUMB, '"')


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(CHARACTERS), min_size=20, max_size=300), st.data())
def test_no_character_is_torn(characters: list[str], data: st.DataObject) -> None:
    whole = "".join(characters)
    kept = data.draw(st.integers(0, len(whole) - 1))
    excerpt = excerpt_of(whole, kept)
    assert len(excerpt.text) <= kept + len(MARK)
    starts = [0]
    for character in characters:
        starts.append(starts[-1] + len(character))
    assert excerpt.head in starts
    assert excerpt.tail in starts


def test_a_text_of_marks_alone_is_cut_all_the_same() -> None:
    excerpt = excerpt_of("\u0301" * 10_000, 500)
    assert len(excerpt.text) == 500 + len(MARK)
