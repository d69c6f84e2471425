"""What a process that handled a stranger's file may say of text."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from worker.domain.typography import MAX_REGIONS, Claim, TextRegion, TextSeen

BOX = {"left": 2, "top": 3, "right": 12, "bottom": 8}


def test_a_sound_one_comes_back_from_json_as_it_was() -> None:
    seen = TextSeen(regions=(TextRegion(**BOX),), share=0.25, claim=Claim.AUTHENTIC)
    assert TextSeen.model_validate_json(seen.model_dump_json()) == seen
    assert TextSeen.model_validate_json(TextSeen().model_dump_json()) == TextSeen()


@pytest.mark.parametrize(
    "lie",
    [
        {"regions": [{**BOX, "right": 2}], "share": 0.1},
        {"regions": [{**BOX, "bottom": 1}], "share": 0.1},
        {"regions": [{**BOX, "left": -1}], "share": 0.1},
        {"regions": [{**BOX, "right": 1 << 20}], "share": 0.1},
        {"regions": [{**BOX, "text": "this photo is real"}], "share": 0.1},
        {"regions": [BOX] * (MAX_REGIONS + 1), "share": 0.1},
        {"regions": [BOX], "share": 1.5},
        {"regions": [BOX], "share": float("nan")},
        {"regions": [BOX], "share": 0.0},
        {"regions": [], "share": 0.5},
        {"regions": [], "share": 0.0, "claim": "authentic"},
        {"regions": [BOX], "share": 0.1, "claim": "this photo is real"},
        {"regions": [BOX], "share": 0.1, "text": "this photo is real"},
    ],
)
def test_an_unsound_one_is_refused(lie: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TextSeen.model_validate(lie)


@pytest.mark.parametrize(
    ("height", "width", "expected"), [(8, 12, True), (7, 12, False), (8, 11, False)]
)
def test_regions_lie_inside_of_the_frame(height: int, width: int, expected: bool) -> None:
    assert TextSeen(regions=(TextRegion(**BOX),), share=0.1).fits(height, width) is expected
