from __future__ import annotations

import pytest

from worker.training.rewards import accuracy_reward, format_reward, in_form

GOOD = "<think>One part is blurred.</think>\n<conclusion>fake</conclusion>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (GOOD, True),
        (f"  {GOOD}\n", True),
        ("<conclusion>fake</conclusion>", False),
        ("<think> </think><conclusion>fake</conclusion>", False),
        ("<think>a</think><conclusion>Fake</conclusion>", False),
        ("<think>a</think><conclusion>unsure</conclusion>", False),
        (f"{GOOD} Surely.", False),
        (f"Well. {GOOD}", False),
        ("<think>a<think>b</think></think><conclusion>real</conclusion>", False),
        ("<think>a</think><conclusion>real</conclusion><conclusion>fake</conclusion>", False),
        ("<think>a<conclusion>real</conclusion>", False),
        ("", False),
    ],
)
def test_the_form_is_taken_strictly(text: str, expected: bool) -> None:
    assert in_form(text) is expected


def test_accuracy_is_of_the_answers_own_word() -> None:
    texts = [GOOD, GOOD, "it is fake", "<conclusion> REAL </conclusion>", "real and fake"]
    labels = ["fake", "real", "fake", "real", "real"]
    assert accuracy_reward(texts, labels) == [1.0, 0.0, 0.0, 1.0, 0.0]


def test_accuracy_and_format_are_apart() -> None:
    wrong_in_form = "<think>a</think><conclusion>real</conclusion>"
    right_out_of_form = "<conclusion>fake</conclusion>"
    texts = [[{"role": "assistant", "content": one}] for one in (wrong_in_form, right_out_of_form)]
    assert accuracy_reward(texts, ["fake", "fake"]) == [0.0, 1.0]
    assert format_reward(texts) == [1.0, 0.0]


def test_the_released_lenient_rule_is_no_hit_here() -> None:
    # By the gold label's own words "is real ... is fake" was right either way.
    text = "At first this is real, but it is fake."
    assert accuracy_reward([text, text], ["real", "fake"]) == [0.0, 0.0]


def test_a_label_for_each_answer() -> None:
    with pytest.raises(ValueError, match="zip"):
        accuracy_reward([GOOD, GOOD], ["fake"])
