"""Closing an answer that was cut before its label word."""

from __future__ import annotations

from worker.domain.generation import FinishReason
from worker.models.spec import LabelWords

CUT = frozenset({FinishReason.LENGTH, FinishReason.REPETITION})
"""Ends that may come before the conclusion."""


def forcing(text: str, labels: LabelWords) -> str:
    """What leads from a cut text to its label word: the part of the tags that is missing."""
    if text.rstrip().endswith(labels.opening):
        return ""
    closing = labels.forcing.removesuffix(labels.opening)
    return labels.opening if closing and closing in text else labels.forcing
