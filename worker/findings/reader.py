"""Reading a reasoning: which dimensions it names, and what it says of each.

The model writes markdown, more or less: a bullet for each dimension with its name in bold. Where
it names none, its sentences are read one by one for words that belong to a dimension.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from worker.domain.taxonomy import Dimension
from worker.domain.verdict import Finding
from worker.findings.folded import folded
from worker.findings.keywords import KEYWORDS
from worker.findings.mention import Mention
from worker.findings.names import NAMES
from worker.findings.polarity import Polarity, clause_polarity, clauses, polarity
from worker.findings.times import time_range

LONGEST = 20_000
"""Characters read: an answer of 2,048 tokens has half as many at most; the rest is a loop."""

NAME = re.compile(
    r"(?P<name>"
    + "|".join(f"(?:{name})" for name in NAMES.values())
    + r")(?:[ ]{0,2}\([^)\n]{0,60}\))?[ ]{0,2}(?:\*\*|__|\")?[ ]{0,2}"
    r"(?:[:\uff1a\u2013\u2014-]|\*\*|__)",
)
BEFORE_NAME = re.compile(r"(?:^|\n|\*\*|__|[-*•]\s|\d[.)]\s|[.!?]\s)[\s*_\"]{0,8}\Z")
"""A dimension's name where a paragraph or bullet about it begins. Every repetition in these
patterns has a bound: they meet text that strangers can steer, on the event loop."""

LOOK_BACK = 12
"""Characters before a name in which its bullet stands."""

SECTION = re.compile(
    r"\n[\s#*_\d.)]{0,24}"
    r"(?:temporal|spatial|overall|in (?:conclusion|summary)|conclusion|summary|final)\b"
    r"[^\n]{0,200}",
)
"""Where a bullet ends because the next part of the text begins."""

SENTENCE = re.compile(r"(?:[^.!?\n]|[.](?=\d)){1,600}[.!?]?")
"""A longer one is read in pieces."""

LETTERS = re.compile(r"[a-z]{3,}")


def read_mentions(text: str) -> list[Mention]:
    """Every dimension that the reasoning speaks of, in the order of the text."""
    text = folded(text[:LONGEST])
    headings = [
        name
        for name in NAME.finditer(text)
        if BEFORE_NAME.search(text[max(0, name.start() - LOOK_BACK) : name.start()])
    ]
    found = _under_headings(text, headings) if headings else _in_sentences(text)
    return sorted(found, key=lambda mention: mention.start)


def read_findings(text: str, *, begins_at_s: float = 0.0) -> list[Finding]:
    """The mentions that claim an artifact, each dimension once: its first.

    ``begins_at_s`` is where the window that the text is about begins: times in it count from there.
    """
    return list(_findings(text, begins_at_s))


REMEMBERED = 512
"""Texts, of some 2,000 characters each: what is uploaded again and again is read once."""


@lru_cache(maxsize=REMEMBERED)
def _findings(text: str, begins_at_s: float) -> tuple[Finding, ...]:
    found: dict[Dimension, Finding] = {}
    for mention in read_mentions(text):
        if mention.polarity is Polarity.ARTIFACT and mention.dimension not in found:
            found[mention.dimension] = Finding(
                dimension=mention.dimension,
                axis=mention.dimension.axis,
                evidence=text[mention.start : mention.end],
                start=mention.start,
                end=mention.end,
                from_s=_later(mention.from_s, begins_at_s),
                to_s=_later(mention.to_s, begins_at_s),
            )
    return tuple(found.values())


def _later(seconds: float | None, by: float) -> float | None:
    return None if seconds is None else round(seconds + by, 3)


def _under_headings(text: str, headings: list[re.Match[str]]) -> Iterator[Mention]:
    for number, heading in enumerate(headings):
        begin = heading.end()
        end = headings[number + 1].start() if number + 1 < len(headings) else len(text)
        section = SECTION.search(text, begin, end)
        if section is not None:
            end = section.start()
        yield _judge(text, _dimension(heading["name"]), begin, end)


def _dimension(name: str) -> Dimension:
    for dimension, pattern in NAMES.items():
        if re.fullmatch(pattern, name):
            return dimension
    raise AssertionError("the heading's pattern is made of these names")


def _judge(text: str, dimension: Dimension, begin: int, end: int) -> Mention:
    """A whole paragraph about one dimension: its sentence that claims an artifact, or all of it."""
    said = Polarity.UNCLEAR
    for sentence in SENTENCE.finditer(text, begin, end):
        found = polarity(sentence[0]) if LETTERS.search(sentence[0]) else Polarity.UNCLEAR
        if found is Polarity.ARTIFACT:
            return _mention(text, dimension, found, *sentence.span())
        if found is Polarity.CLEAN:
            said = found
    return _mention(text, dimension, said, begin, end)


def _in_sentences(text: str) -> Iterator[Mention]:
    for sentence in SENTENCE.finditer(text):
        for _, clause in clauses(sentence[0]):
            said = clause_polarity(clause)
            if said is Polarity.UNCLEAR:
                continue
            for dimension in _dimensions_of(clause):
                yield _mention(text, dimension, said, *sentence.span())


def _dimensions_of(clause: str) -> list[Dimension]:
    named = [dimension for dimension, words in KEYWORDS.items() if words.search(clause)]
    if Dimension.LUMINANCE_DISCREPANCY in named and Dimension.IMPRACTICAL_LUMINOSITY in named:
        named.remove(Dimension.IMPRACTICAL_LUMINOSITY)  # light that changes, not light that is odd
    return named


def _mention(text: str, dimension: Dimension, said: Polarity, begin: int, end: int) -> Mention:
    evidence = text[begin:end]
    begin += len(evidence) - len(evidence.lstrip(" \n\t*_:-"))
    end -= len(evidence) - len(evidence.rstrip(" \n\t*_-#"))
    end = max(begin, end)
    times = time_range(text[begin:end])
    return Mention(
        dimension=dimension,
        polarity=said,
        start=begin,
        end=end,
        from_s=times[0] if times else None,
        to_s=times[1] if times else None,
    )
