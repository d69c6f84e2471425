"""One way to say that a picture is real, or that it is not."""

from __future__ import annotations

import re
from dataclasses import dataclass

from worker.domain.typography import Claim

GAP = r"[\W_]{0,4}"
"""Between two words: recognisers lose spaces, and writers put dots and dashes there."""

STOP = r"(?=\s{0,3}(?:\Z|[\n.,;:!)\]\"'<>|/\u2013\u2014-]))"
"""The statement ends here: "100% real", but not "100% real fruit juice"."""

BEGIN, END = r"(?<![^\W_])", r"(?![^\W_])"
"""Outside of a word."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A pattern for folded text, and what it states where it is found."""

    pattern: re.Pattern[str]
    says: Claim
    turns: bool
    """Whether a negation before it makes it state the opposite."""


def phrase(words: str, says: Claim, *, turns: bool = False) -> Phrase:
    """A phrase in letters of the alphabet, written as a regular expression.

    A space in it stands for any gap or none, an l for its look-alikes too (see ``fold``). It may
    not have an l or a space in a character class, and needs a bound on every repetition.
    """
    body = words.replace("l", "[li]").replace(" ", GAP)
    return Phrase(re.compile(f"{BEGIN}(?:{body}){END}"), says, turns)


def glyph_phrase(pattern: str, says: Claim, *, turns: bool = False) -> Phrase:
    """A phrase in a script that sets no spaces, as it is."""
    return Phrase(re.compile(pattern), says, turns)
