"""The bounds of the paper, to the pixel and the token."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.datasets.made import clip, facts
from worker.datasets.facts import Facts
from worker.datasets.filters import Bounds, Out, filtered, media_out
from worker.datasets.token_count import TokenizerUnusable, counter
from worker.labelled.items import LabelledItem, Truth

WORDS = counter(None)
WIDE = Bounds(central=1.0)


def items(lengths: list[int | None]) -> tuple[list[LabelledItem], list[Facts]]:
    """An image for each explanation of so many words."""
    made = [
        LabelledItem(
            Path(f"{n:05d}.png"),
            f"{n:05d}.png",
            Truth.FAKE,
            reasoning=None if length is None else " ".join(["word"] * length),
        )
        for n, length in enumerate(lengths)
    ]
    return made, [facts(n) for n in range(len(lengths))]


@pytest.mark.parametrize(
    ("one", "out"),
    [
        (facts(width=56, height=56), None),
        (facts(width=3_135, height=1), Out.IMAGE_SIZE),
        (facts(width=3_584, height=3_584), None),
        (facts(width=12_845_057, height=1), Out.IMAGE_SIZE),
        (clip(width=100_352, height=1), None),
        (clip(width=100_351, height=1), Out.FRAME_SIZE),
        (clip(width=602_112, height=1), None),
        (clip(width=602_113, height=1), Out.FRAME_SIZE),
        (facts(problem="media_undecodable: x"), Out.UNREADABLE),
    ],
)
def test_pixels(one: Facts, out: Out | None) -> None:
    assert media_out(one, Bounds()) is out


@pytest.mark.parametrize(
    ("seconds", "frames", "out"), [(31, 900, None), (33, 900, Out.CLIP_SIZE), (33, 20, None)]
)
def test_all_frames_that_are_shown_count_together(
    seconds: float, frames: int, out: Out | None
) -> None:
    # 602,112 pixels a frame are 32 times the bound of a clip.
    one = clip(width=602_112, height=1, duration_s=seconds, frames=frames)
    assert media_out(one, Bounds(frames_shown=100)) is out
    assert media_out(one, Bounds()) is None


def test_explanations_too_short_or_long_are_dropped_and_their_media_kept() -> None:
    found = filtered(*items([59, 60, 800, 801, None]), WIDE, WORDS)
    assert [item.reasoning is not None for item in found.items] == [False, True, True, False, False]
    assert found.out == {Out.EXPLANATION_LENGTH: 2}
    assert found.tokens == (60, 800)


def test_the_explained_alone() -> None:
    found = filtered(*items([59, 60, None]), WIDE, WORDS, only_explained=True)
    assert [item.name for item in found.items] == ["00001.png"]
    assert found.out == {Out.EXPLANATION_LENGTH: 1, Out.NO_EXPLANATION: 1}


def test_the_central_share_is_kept() -> None:
    found = filtered(*items(list(range(100, 200))), Bounds(), WORDS)
    assert found.tokens == (105, 194)
    assert sum(item.reasoning is not None for item in found.items) == 90


def test_without_explanations_there_is_nothing_to_bound() -> None:
    assert filtered(*items([None]), Bounds(), WORDS).tokens is None


def test_tokens_are_a_tokenizers_or_words_and_signs() -> None:
    assert WORDS("It's odd: 3.5 hands!") == 10
    tiny = Path(__file__).parents[2] / "worker" / "models" / "tiny"
    assert counter(tiny)("It's odd") == counter(tiny / "tokenizer.json")("It's odd") > 0
    with pytest.raises(TokenizerUnusable, match=r"no readable tokenizer at .*nowhere"):
        counter(Path("nowhere"))
