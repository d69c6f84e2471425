"""A text with its middle left out, cut where neither a word nor a character is torn."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

MARK = "[...] "
"""Stands where text was left out."""

LONGEST_END = 1_000
"""Characters of the end that are kept, at most: a conclusion is a few sentences. The beginning gets
the rest, and at least as much."""

REACH = 48
"""How far from a place a better one is looked for, in characters: about the longest word."""

JOINER = "\u200d"
"""Zero width joiner: what stands before and after it is one emoji."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What is left of a text, and where it was."""

    text: str
    head: int
    """Characters kept of the beginning."""
    tail: int
    """Where the end that is kept begins in the whole text."""

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where ``whole[start:end]`` stands in the excerpt.

        Empty, at the gap, if not all of it does.
        """
        if end <= self.head:
            return start, end
        if start >= self.tail and self.text:
            moved = self.head + len(MARK) - self.tail
            return start + moved, end + moved
        return self.head, self.head


def excerpt_of(whole: str, kept: int) -> Excerpt:
    """At most ``kept`` characters of a longer text, beside the mark; of none at all, not even that.

    Half of them are the beginning, half the end, which has ``LONGEST_END`` at most.
    """
    if kept == 0:
        return Excerpt("", 0, len(whole))
    ending = min(kept // 2, LONGEST_END)
    head = _before(whole, kept - ending)
    tail = _after(whole, len(whole) - ending)
    return Excerpt(whole[:head] + MARK + whole[tail:], head, tail)


def _before(text: str, place: int) -> int:
    """The end of a word at or before a place; else the end of a character."""
    return _nearest(text, place, range(place, max(-1, place - REACH), -1))


def _after(text: str, place: int) -> int:
    """The begin of a word at or after a place; else the begin of a character."""
    return _nearest(text, place, range(place, min(len(text) + 1, place + REACH)))


def _nearest(text: str, place: int, near: range) -> int:
    whole = [at for at in near if not _torn(text, at)]
    words = (at for at in whole if at > 0 and text[at - 1].isspace())
    return next(words, whole[0] if whole else place)


def _torn(text: str, at: int) -> bool:
    """Whether a cut here would tear what a reader takes for one character.

    After the rules for extended grapheme clusters (Unicode UAX #29, GB3, GB6-8, GB9, GB9a, GB11,
    GB12-13), and stricter: between two jamos, or behind any joiner, it never cuts.
    """
    if not 0 < at < len(text):
        return False
    before, after = text[at - 1], text[at]
    return (
        unicodedata.category(after).startswith("M")
        or after in {JOINER, "\u200c"}
        or "\U0001f3fb" <= after <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= after <= "\U000e007f"  # tags, as in the flag of Wales
        or before == JOINER
        or ("\u1100" <= before <= "\u11ff" and "\u1100" <= after <= "\u11ff")
        or (before == "\r" and after == "\n")
        or _in_flag(text, at)
    )


def _in_flag(text: str, at: int) -> bool:
    """Whether a cut would part the two letters of a flag, which pair up from the first one on."""
    if not "\U0001f1e6" <= text[at] <= "\U0001f1ff":
        return False
    begin = at
    while begin > 0 and "\U0001f1e6" <= text[begin - 1] <= "\U0001f1ff":
        begin -= 1
    return (at - begin) % 2 == 1
