"""What GRPO rewards: the right word, and the form. The gold label is used here and nowhere else.

Source: Ivy-Fake (arXiv 2506.00979), 3.7: accuracy is 1 where the word within ``<conclusion>`` is
the label's, format is 1 where the tags are as asked for, and nothing rewards the reasoning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from worker.parsing.reply import parse

FORM = re.compile(
    r"\s*<think>(?P<reasoning>(?:(?!</?think>|</?conclusion>).)+)</think>\s*"
    r"<conclusion>(?:real|fake)</conclusion>\s*",
    re.DOTALL,
)
"""One reasoning and one word, each tag once, and nothing around them."""

Completion = str | Sequence[dict[str, Any]]
"""An answer: its text, or a chat of one turn, as TRL hands it over."""

Reward = Callable[..., list[float]]


def text_of(completion: Completion) -> str:
    """The answer's words."""
    return completion if isinstance(completion, str) else str(completion[-1]["content"])


def in_form(text: str) -> bool:
    """Whether an answer is exactly ``<think>reasoning</think><conclusion>real|fake</conclusion>``.

    Spaces between the tags are let pass; an empty reasoning is none.
    """
    found = FORM.fullmatch(text)
    return found is not None and bool(found["reasoning"].strip())


def accuracy_reward(
    completions: Sequence[Completion], label: Sequence[str], **_: Any
) -> list[float]:
    """1 where the answer's own word is the label. Read without it, as the service reads."""
    words = (parse(text_of(completion)).conclusion.value for completion in completions)
    return [float(word == gold) for word, gold in zip(words, label, strict=True)]


def format_reward(completions: Sequence[Completion], **_: Any) -> list[float]:
    """1 where the answer is in the form that was asked for."""
    return [float(in_form(text_of(completion))) for completion in completions]


REWARDS: tuple[Reward, ...] = (accuracy_reward, format_reward)
