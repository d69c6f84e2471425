from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from worker.detector.openai.reply import MAX_TEXT, Completion, label_logprobs
from worker.detector.verdict_position import LabelTokens
from worker.domain.generation import FinishReason, LabelLogprobs
from worker.models.spec import LabelWords

WORDS = LabelWords()


def position(
    text: str, token: int | None = None, others: Mapping[str, float] | None = None
) -> dict[str, Any]:
    """As vLLM writes it with ids, or as OpenAI does."""
    name = text if token is None else f"token_id:{token}"
    return {
        "token": name,
        "logprob": -0.1,
        "bytes": list(text.encode()),
        "top_logprobs": [{"token": name, "logprob": -0.1, "bytes": None}]
        + [{"token": other, "logprob": value} for other, value in (others or {}).items()],
    }


def completion(*positions: dict[str, Any], **changes: Any) -> Completion:
    choice: dict[str, Any] = {
        "index": 0,
        "message": {"role": "assistant", "content": "text", "refusal": None},
        "finish_reason": "stop",
        "logprobs": {"content": list(positions)},
    }
    data = {
        "id": "chatcmpl-1",
        "choices": [choice | changes],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
    }
    return Completion.model_validate_json(json.dumps(data))


def test_labels_are_read_by_their_ids() -> None:
    labels = LabelTokens(authentic={7: "real", 8: " real"}, ai_generated={9: "fake"})
    others = {"token_id:9": -3.0, "token_id:8": -4.0, "token_id:5": -0.5, "odd": -1.0}
    said = completion(position("<conclusion>", 1), position("real", 7, others))
    assert label_logprobs(said.positions, WORDS, labels) == LabelLogprobs(
        authentic={"real": -0.1, " real": -4.0}, ai_generated={"fake": -3.0}
    )


def test_or_by_their_texts_where_those_that_are_not_likely_are_absent() -> None:
    others = {" fake": -3.0, "Fake": -4.0, "REALLY": -1.0}
    said = completion(position("<conclusion>"), position("fake", others=others))
    assert label_logprobs(said.positions, WORDS, None) == LabelLogprobs(
        ai_generated={"fake": -0.1, " fake": -3.0, "Fake": -4.0}
    )


def test_parts_of_a_character_do_not_shift_the_position() -> None:
    half, rest = position("x"), position("x")
    half["bytes"], rest["bytes"] = [0xE2, 0x80], [0x94]
    said = completion(half, rest, position("<conclusion>"), position("real"))
    assert label_logprobs(said.positions, WORDS, None) == LabelLogprobs(authentic={"real": -0.1})


@pytest.mark.parametrize("logprobs", [None, {"content": None}, {"content": []}])
def test_an_answer_without_probabilities_has_no_position(logprobs: object) -> None:
    assert label_logprobs(completion(logprobs=logprobs).positions, WORDS, None) is None


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("stop", FinishReason.STOP),
        ("length", FinishReason.LENGTH),
        ("repetition", FinishReason.REPETITION),
        ("content_filter", FinishReason.ERROR),
        (None, FinishReason.ERROR),
    ],
)
def test_why_it_stopped(said: str | None, meant: FinishReason) -> None:
    assert completion(finish_reason=said).finish_reason is meant


def test_of_a_text_beyond_measure_the_end_is_kept() -> None:
    message = {"content": "x" * MAX_TEXT + "<conclusion>fake"}
    text = completion(message=message).text
    assert len(text) == MAX_TEXT
    assert text.endswith("<conclusion>fake")


@pytest.mark.parametrize("value", ["NaN", "-Infinity", '"x"'])
def test_what_is_no_probability_is_refused(value: str) -> None:
    data = completion(position("real")).model_dump_json().replace("-0.1", value)
    with pytest.raises(ValidationError):
        Completion.model_validate_json(data)
