"""Where in a generation the label word stands, and what was likely there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from worker.domain.generation import LabelLogprobs
from worker.models.spec import LabelWords


class Tokenizer(Protocol):
    """The part of a Hugging Face tokenizer that is used here."""

    def encode(self, text: str, *, add_special_tokens: bool) -> list[int]:
        """Token ids of a text."""
        ...

    def decode(self, token_ids: Sequence[int]) -> str:
        """The text of token ids."""
        ...


class NoLabelToken(Exception):
    """A class has no word that is a single token: this tokenizer cannot be scored."""


@dataclass(frozen=True, slots=True)
class LabelTokens:
    """The label words of both classes that this tokenizer has as single tokens, by their ids."""

    authentic: dict[int, str]
    ai_generated: dict[int, str]

    @classmethod
    def of(cls, words: LabelWords, tokenizer: Tokenizer) -> LabelTokens:
        """Resolve the words. Raises ``NoLabelToken``."""
        known = {
            word: tokenizer.encode(word, add_special_tokens=False)
            for word in (*words.authentic, *words.ai_generated)
        }
        return cls.encoded(words, known)

    @classmethod
    def encoded(cls, words: LabelWords, known: Mapping[str, Sequence[int]]) -> LabelTokens:
        """From the words' token ids, wherever they were encoded. Raises ``NoLabelToken``."""
        found = cls(_single(words.authentic, known), _single(words.ai_generated, known))
        if not found.authentic or not found.ai_generated:
            raise NoLabelToken("the tokenizer has no single token for one of the label words")
        return found

    @property
    def ids(self) -> list[int]:
        """All of them."""
        return [*self.authentic, *self.ai_generated]

    def read(self, logprobs: Mapping[int, Any]) -> LabelLogprobs:
        """The label words' part of what vLLM gives for one position."""
        return LabelLogprobs(
            authentic=_pick(self.authentic, logprobs),
            ai_generated=_pick(self.ai_generated, logprobs),
        )


def _single(words: Sequence[str], known: Mapping[str, Sequence[int]]) -> dict[int, str]:
    return {known[word][0]: word for word in words if len(known[word]) == 1}


def _pick(words: dict[int, str], logprobs: Mapping[int, Any]) -> dict[str, float]:
    return {word: float(logprobs[i].logprob) for i, word in words.items() if i in logprobs}


def verdict_position(token_ids: Sequence[int], opening: str, tokenizer: Tokenizer) -> int | None:
    """Index of the token that follows the last ``opening``; None where there is none."""
    # Tokens that are parts of a character decode to a replacement sign each, which shifts nothing:
    # only their own spans are compared.
    return position_after([tokenizer.decode([token]) for token in token_ids], opening)


def position_after(pieces: Sequence[str], opening: str) -> int | None:
    """Index of the piece that follows the last ``opening``, of the texts of an answer's tokens.

    The opening is searched in the text, for tokens join across it in ways that differ: ``><`` is
    one token where two tags touch, and so is ``>`` with a line break. What is left of such a token
    after the opening must be blank; else the label word is not a token of its own.
    """
    text = "".join(pieces)
    begins = text.rfind(opening)
    if begins < 0:
        return None
    wanted = begins + len(opening)
    at = 0
    for index, piece in enumerate(pieces):
        if at >= wanted and piece.strip():
            return None if text[wanted:at].strip() else index
        if at < wanted < at + len(piece) and text[wanted : at + len(piece)].strip():
            return None
        at += len(piece)
    return None
