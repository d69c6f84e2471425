"""What came out of the model, before anybody read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class FinishReason(StrEnum):
    """Why the model stopped, in vLLM's words."""

    STOP = "stop"
    LENGTH = "length"
    REPETITION = "repetition"
    ABORT = "abort"
    ERROR = "error"


class AnswerForm(StrEnum):
    """How the model is to answer. The two differ in their words and in their probabilities."""

    THINK_FIRST = "think_first"
    """Reasoning, then the conclusion: as the model was trained."""
    VERDICT_FIRST = "verdict_first"
    """The conclusion at once, one token and no reasoning. Off the path that it was trained on:
    cheap, perhaps worse, and with a calibration of its own."""


@dataclass(frozen=True, slots=True)
class LabelLogprobs:
    """Log probabilities of the label words at the verdict position, the one after ``<conclusion>``.

    Keys are the words as the tokenizer has them (``real``, ``" real"``, ``Real`` ...), each one
    token; values are natural logarithms. A word that is no single token is not here.
    """

    authentic: dict[str, float] = field(default_factory=dict)
    ai_generated: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Generation:
    """One answer of the model as it was generated."""

    text: str
    finish_reason: FinishReason
    label_logprobs: LabelLogprobs | None = None
    """None where the text has no verdict position."""
    forced: bool = False
    """The answer was cut before its conclusion, and the label word was asked for on its own: the
    text's end, from the closing tag of the reasoning on, is ours."""
    form: AnswerForm = AnswerForm.THINK_FIRST
    """As it was asked for."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
