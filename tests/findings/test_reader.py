from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.domain.taxonomy import Axis, Dimension
from worker.findings.polarity import Polarity, polarity
from worker.findings.reader import read_findings, read_mentions
from worker.findings.times import time_range

WALK = """1. **Temporal Analysis**:
   * **Awkward Facial Expression**: The smile is frozen between 0:00:02-0:00:04, which is unnatural.
   * **Duplicated Components**: No duplicated elements are visible.
2. **Spatial Analysis**:
   * **Abnormal Texture**: The hair is realistic. The skin is waxy.
"""


def test_a_finding_quotes_its_sentence_and_tells_its_place_and_time() -> None:
    face, texture = read_findings(WALK)
    assert face.dimension is Dimension.AWKWARD_FACIAL_EXPRESSION
    assert face.axis is Axis.TEMPORAL
    assert face.evidence.startswith("The smile is frozen")
    assert WALK[face.start : face.end] == face.evidence
    assert (face.from_s, face.to_s) == (2.0, 4.0)
    assert texture.evidence == "The skin is waxy."
    assert texture.axis is Axis.SPATIAL
    assert texture.from_s is None


def test_every_dimension_that_is_walked_through_is_a_mention() -> None:
    said = {mention.dimension: mention.polarity for mention in read_mentions(WALK)}
    assert said == {
        Dimension.AWKWARD_FACIAL_EXPRESSION: Polarity.ARTIFACT,
        Dimension.DUPLICATED_COMPONENTS: Polarity.CLEAN,
        Dimension.ABNORMAL_TEXTURE: Polarity.ARTIFACT,
    }


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=2000))
def test_any_text_can_be_read(text: str) -> None:
    for finding in read_findings(text):
        assert text[finding.start : finding.end] == finding.evidence


@pytest.mark.timeout(20)  # unbounded patterns took up to 40 s for one of these
@pytest.mark.parametrize(
    "piece",
    [
        *("\n", " ", "\n ", "* ", "- ", "1. ", "*", "_", "\n#", "\n" + " " * 50),
        *("word ", " but ", "no ", "overly ", "and is ", "hand distorted "),
        *("1.1", "1:11:11", "1", "a", "; ", '"M30", '),
        *("Abnormal Texture (", "Abnormal Texture: ", "**Abnormal Texture**: natural. "),
    ],
)
def test_a_loop_of_anything_is_read_in_no_time(piece: str) -> None:
    read_findings(piece * (40_000 // len(piece)))
    read_findings("**Spatial Relationships**: \n" + piece * (40_000 // len(piece)))


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("There is no distortion.", Polarity.CLEAN),
        ("The lighting is not consistent.", Polarity.ARTIFACT),
        ("The lighting isn't inconsistent.", Polarity.CLEAN),
        ("There are no visible signs of any obvious or subtle distortion.", Polarity.CLEAN),
        ("The blur is consistent with motion blur.", Polarity.CLEAN),
        ("Natural at first sight, but the ear is missing.", Polarity.ARTIFACT),
        ("A dog sits on a chair.", Polarity.UNCLEAR),
    ],
)
def test_polarity(sentence: str, expected: Polarity) -> None:
    assert polarity(sentence.lower()) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("at 0:00:06-0:00:08 the hand", (6.0, 8.0)),
        ("from 1:05 to 1:10", (65.0, 70.0)),
        ("from 2s to 4.5 s", (2.0, 4.5)),
        ("between 2 and 3 seconds", (2.0, 3.0)),
        ("at 3 seconds", (3.0, 3.0)),
        ("frames 3 to 5", None),
        ("from 8s to 4s", None),
        ("six fingers", None),
    ],
)
def test_times(text: str, expected: tuple[float, float] | None) -> None:
    assert time_range(text.lower()) == expected
