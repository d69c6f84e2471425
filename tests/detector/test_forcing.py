from __future__ import annotations

import pytest

from worker.detector.forcing import forcing
from worker.models.spec import LabelWords


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("<think>The hands", "</think><conclusion>"),
        ("", "</think><conclusion>"),
        ("<think>The hands</think>", "<conclusion>"),
        ("<think>The hands</think>\n\nSo", "<conclusion>"),
        ("<think>The hands</think><conclusion>", ""),
        ("<think>The hands</think><conclusion> \n", ""),
        ("<think>It says <conclusion>real and", "</think><conclusion>"),
    ],
)
def test_the_part_of_the_tags_that_is_missing_is_put(text: str, missing: str) -> None:
    assert forcing(text, LabelWords()) == missing


def test_a_model_without_a_reasoning_needs_the_opening_alone() -> None:
    assert forcing("So", LabelWords(forcing="<conclusion>")) == "<conclusion>"
