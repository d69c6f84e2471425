from __future__ import annotations

import time

import pytest
from transformers import AutoTokenizer

from worker.detector.verdict_position import (
    LabelTokens,
    NoLabelToken,
    position_after,
    verdict_position,
)
from worker.models.spec import LabelWords, load_spec

OPENING = "<conclusion>"


class Pieces:
    """A tokenizer whose tokens are given."""

    def __init__(self, *pieces: str) -> None:
        self.pieces = list(pieces)

    def encode(self, text: str, *, add_special_tokens: bool) -> list[int]:
        return [self.pieces.index(text)] if text in self.pieces else [0, 0]

    def decode(self, token_ids: object) -> str:
        assert isinstance(token_ids, list)
        return "".join(self.pieces[token] for token in token_ids)


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (["<", "conclusion", ">", "real", "</", "conclusion>"], 3),
        (["think", "><", "conclusion", ">", "real"], 4),
        (["<conclusion>", "real", "<conclusion>", "fake"], 3),  # the last one counts
        (["<conclusion", ">\n", "real"], 2),  # a line break in the token that closes the tag
        (["<conclusion>", " ", "\n", "fake"], 3),
        (["<conclusion>", " fake"], 1),
        (["<conclusion", ">real"], None),  # the word is no token of its own
        (["<conclusion>"], None),
        (["<conclusion>", "  "], None),
        (["real", "fake"], None),
        ([], None),
        (["\ufffd", "\ufffd", "<conclusion>", "real"], 3),  # parts of one character
    ],
)
def test_it_is_the_token_after_the_last_opening(pieces: list[str], expected: int | None) -> None:
    tokenizer = Pieces(*pieces)
    assert verdict_position(list(range(len(pieces))), OPENING, tokenizer) == expected


def test_in_the_tiny_checkpoints_own_tokens() -> None:
    tokenizer = AutoTokenizer.from_pretrained(load_spec("tiny").location)
    text = "<think>It says <conclusion>real.</think><conclusion>fake</conclusion>"
    ids = tokenizer.encode(text, add_special_tokens=False)
    position = verdict_position(ids, OPENING, tokenizer)
    assert position is not None
    assert tokenizer.decode([ids[position]]) == "fake"


def test_words_that_are_no_single_token_are_left_out() -> None:
    tokenizer = Pieces("real", " real", "fake")
    tokens = LabelTokens.of(LabelWords(), tokenizer)
    assert tokens.authentic == {0: "real", 1: " real"}
    assert tokens.ai_generated == {2: "fake"}


def test_a_class_without_a_token_cannot_be_scored() -> None:
    with pytest.raises(NoLabelToken):
        LabelTokens.of(LabelWords(), Pieces("real"))


def test_blanks_without_end_after_the_opening_take_no_time() -> None:
    # What a remote engine may send: a look at all blanks so far for each of them took minutes.
    pieces = ["<conclusion>", *[" "] * 200_000, "real"]
    begun = time.thread_time()
    assert position_after(pieces, "<conclusion>") == 200_001
    assert time.thread_time() - begun < 2
