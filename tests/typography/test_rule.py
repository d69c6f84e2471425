from __future__ import annotations

import pytest

from worker.domain.typography import Claim, TextRegion, TextSeen
from worker.domain.typography_rule import steering, worth_asking_again

BOX = TextRegion(left=0, top=0, right=10, bottom=10)


def seen(share: float, claim: Claim = Claim.NONE) -> TextSeen:
    return TextSeen(regions=(BOX,), share=share, claim=claim)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (seen(0.001), False),
        (seen(0.005), True),
        (seen(0.001, Claim.AUTHENTIC), True),
        (seen(0.6), False),
        (seen(0.6, Claim.AUTHENTIC), False),
        (TextSeen(), False),
    ],
)
def test_when_a_second_question_pays(text: TextSeen, expected: bool) -> None:
    assert worth_asking_again(text) is expected


@pytest.mark.parametrize(
    ("text", "score", "masked", "expected"),
    [
        (seen(0.01, Claim.AUTHENTIC), 0.1, 0.1, True),
        (seen(0.01, Claim.AI_GENERATED), 0.9, 0.9, True),
        (seen(0.6, Claim.AUTHENTIC), 0.1, None, True),
        (seen(0.05), 0.1, 0.12, False),
        (seen(0.05), 0.1, 0.36, True),
        (seen(0.05), 0.9, 0.6, True),
        (seen(0.05), 0.45, 0.6, True),
        (seen(0.05), 0.49, 0.52, False),
        (seen(0.05), 0.1, None, False),
        (seen(0.05), None, 0.9, False),
    ],
)
def test_when_text_steers(
    text: TextSeen, score: float | None, masked: float | None, expected: bool
) -> None:
    found = steering(text, score, masked)
    assert found.steered is expected
    assert (found.note is not None) is expected
