"""An annotator's words about a media, as far as they can be taken at their word."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from worker.domain.answer import Conclusion
from worker.labelled.aside import Doubt
from worker.labelled.items import Truth
from worker.parsing.reply import parse

LONGEST_PHRASE = 16
"""Words of the longest phrase that is looked for again and again."""

TIMES = 10
"""Repetitions, one right after the other, that make a loop. An annotator's lists name a thing two
or three times; Gemini's loops run on for hundreds."""

SHORTEST_LOOP = 40
"""Characters that a loop covers at least: ``- - - - - - - - - -`` is a ruler, and no loop."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """The reasoning, or why there is none."""

    reasoning: str | None
    doubt: Doubt | None = None


def read_annotation(text: str, label: Truth) -> Annotation:
    """Read ``<think>reasoning</think><conclusion>real|fake</conclusion>`` about a known label.

    The conclusion is checked against the label and decides nothing: the label is the source's.
    """
    reply = parse(text)
    if not reply.reasoning:
        return Annotation(None)
    if reply.conclusion is Conclusion.NONE:
        return Annotation(None, Doubt.NO_CONCLUSION)
    if reply.conclusion.value != label.value:
        return Annotation(None, Doubt.CONCLUSION_CONTRADICTS)
    if loops(reply.reasoning):
        return Annotation(None, Doubt.LOOPING)
    return Annotation(reply.reasoning)


def loops(text: str) -> bool:
    """Whether a phrase of up to ``LONGEST_PHRASE`` words stands ``TIMES`` times in a row."""
    words = text.split()
    numbers = {word: number for number, word in enumerate(dict.fromkeys(words))}
    coded = np.array([numbers[word] for word in words])
    # A phrase that often in a row means a word that often at all.
    if len(coded) < TIMES or np.bincount(coded).max() < TIMES:
        return False
    return any(_repeats(coded, words, length) for length in range(1, LONGEST_PHRASE + 1))


def _repeats(coded: npt.NDArray[np.intp], words: list[str], length: int) -> bool:
    """Whether some stretch of words equals what stands ``length`` before it, long enough."""
    same = np.concatenate([[False], coded[length:] == coded[:-length], [False]])
    begins, ends = np.flatnonzero(np.diff(same.astype(np.int8))).reshape(-1, 2).T
    for begin, end in zip(begins, ends, strict=True):
        if end - begin >= length * (TIMES - 1):
            covered = words[begin : end + length]
            if sum(map(len, covered)) >= SHORTEST_LOOP:
                return True
    return False
