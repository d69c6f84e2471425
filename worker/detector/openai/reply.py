"""What the server says, and what of it matters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from worker.detector.verdict_position import LabelTokens, position_after
from worker.domain.generation import FinishReason, LabelLogprobs
from worker.models.spec import LabelWords

TOKEN_ID = re.compile(r"token_id:([0-9]{1,9})")
"""How vLLM writes a token where it was asked for ids."""

MAX_TEXT = 128 * 1024
"""Characters of an answer that are kept: its end, for the conclusion stands there."""

LogProbability = Annotated[float, Field(allow_inf_nan=False, le=1)]
"""Above 0 by rounding at most; e to the power of a large one is no number."""


class Said(BaseModel):
    """A part of a reply. Servers add fields of their own, which are nothing to us."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Likely(Said):
    """A token that may stand at a position."""

    token: str
    logprob: LogProbability


class Position(Likely):
    """A token of the answer, and others that might have stood there."""

    bytes: list[Annotated[int, Field(ge=0, le=255)]] | None = None
    top_logprobs: list[Likely] = []

    @property
    def text(self) -> str:
        """Of the token itself. Part of a character becomes a replacement sign."""
        if self.bytes is not None:
            return bytearray(self.bytes).decode("utf-8", "replace")
        return "" if TOKEN_ID.fullmatch(self.token) else self.token


class Positions(Said):
    """The answer, token by token."""

    content: list[Position] | None = None


class Message(Said):
    """The answer's text."""

    content: str | None = None
    reasoning: str | None = None
    """Filled by a server with a reasoning parser, which takes it out of the text."""


class Choice(Said):
    """An answer."""

    message: Message
    finish_reason: str | None = None
    logprobs: Positions | None = None


class Usage(Said):
    """Tokens of the question and of the answer."""

    prompt_tokens: int = Field(ge=0)
    completion_tokens: int = Field(ge=0)


class Completion(Said):
    """A reply of ``/chat/completions``."""

    choices: list[Choice] = Field(min_length=1)
    usage: Usage
    system_fingerprint: str | None = None

    @property
    def text(self) -> str:
        """What the model said."""
        return (self.choices[0].message.content or "")[-MAX_TEXT:]

    @property
    def reasoning(self) -> str | None:
        """What a reasoning parser took out of it."""
        said = self.choices[0].message.reasoning
        return said and said[-MAX_TEXT:]

    @property
    def finish_reason(self) -> FinishReason:
        """VLLM's words are ours; another server's own words are an error."""
        said = self.choices[0].finish_reason
        return FinishReason(said) if said in set(FinishReason) else FinishReason.ERROR

    @property
    def positions(self) -> Sequence[Position]:
        """The answer, token by token; none where the server gives no probabilities."""
        logprobs = self.choices[0].logprobs
        return (logprobs.content if logprobs else None) or ()


class Card(Said):
    """A model that is served."""

    id: str
    root: str | None = None
    """What vLLM loaded: a hub id, or a folder."""
    max_model_len: int | None = None


class Cards(Said):
    """A reply of ``/models``."""

    data: list[Card]


class Version(Said):
    """A reply of ``/version``."""

    version: str


class Tokens(Said):
    """A reply of ``/tokenize``."""

    tokens: list[int]


def label_logprobs(
    positions: Sequence[Position], words: LabelWords, labels: LabelTokens | None
) -> LabelLogprobs | None:
    """The label words' log probabilities after the last opening; None where there is none."""
    at = position_after([position.text for position in positions], words.opening)
    return None if at is None else likely_labels(positions[at], words, labels)


def likely_labels(
    position: Position, words: LabelWords, labels: LabelTokens | None
) -> LabelLogprobs:
    """The label words at one position: by their ids, or by their texts where ids are unknown."""
    found = (*position.top_logprobs, position)
    if labels is not None:
        return labels.read(
            {int(match[1]): entry for entry in found if (match := TOKEN_ID.fullmatch(entry.token))}
        )
    # The first of two tokens with one text is the likelier.
    by_text = {entry.token: entry.logprob for entry in reversed(found)}
    return LabelLogprobs(
        authentic={word: by_text[word] for word in words.authentic if word in by_text},
        ai_generated={word: by_text[word] for word in words.ai_generated if word in by_text},
    )
