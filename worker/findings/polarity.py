"""Whether a sentence claims an artifact, or says that all is well.

The model walks through every dimension, also the clean ones, so that a dimension's name says
nothing. What counts are the words around it, with their negations: "no distortion" is clean, "not
consistent" is not.

All of it reads lower case (``folded.py``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum


class Polarity(StrEnum):
    """What a sentence says about its dimension."""

    ARTIFACT = "artifact"
    CLEAN = "clean"
    UNCLEAR = "unclear"


ARTIFACT = re.compile(
    r"""\b(?:
    unnatural\w*|unrealistic\w*|implausib\w+|impossib\w+|inconsisten\w+|incoheren\w+|incorrect\w*
    |abnormal\w*|anomal\w+|irregular\w*|artifact\w*|artefact\w*|artificial\w*|synthetic\w*|glitch\w*
    |distort\w+|deform\w+|warp\w*|malform\w+|mangled|misshapen|disfigur\w+|twisted|melt\w*|morph\w*
    |missing|omit\w+|incomplete\w*|absent|truncated|cut\ off|disappear\w*|vanish\w*
    |illegib\w+|unreadable|indecipherable|garbled|gibberish|nonsens\w+|jumbled|scrambled
    |pseudo-?text
    |blurr\w+|smear\w*|smudg\w+|fuzzy|hazy
    |plastic(?:ky|-like)?|wax\w*|over-?smooth\w*|airbrushed|overly\ smooth|too\ smooth
    |excessively\ smooth|too\ (?:perfect|uniform|clean|symmetric\w*)|overly\ \w+|lack(?:s|ing)?
    |over-?satur\w+|oversaturated|mismatch\w*|contradict\w+|conflict\w*|violat\w+|defy\w*|defies
    |fus(?:e|ed|es|ing|ion)|merg(?:e|es|ed|ing)|blend(?:s|ed|ing)?\ into|penetrat\w+|clip(?:s|ping)
    |intersect\w*|float\w+|hover\w*|detached|disconnect\w+
    |extra\ (?:finger|limb|arm|leg|hand|digit)\w*|six\ fingers|duplicat\w+|clon(?:ed|ing)
    |repeat(?:s|ed|ing|edly)|flicker\w*|jitter\w*
    |jump(?:s|ed)|pop(?:s|ping)|fluctuat\w+|abrupt\w*|sudden\w*|stiff\w*|frozen|mask-like|vacant
    |lifeless|awkward\w*|exaggerat\w+|misalign\w+|disproportion\w+|asymmetr\w+|odd\w*|strange\w*
    |bizarre|weird\w*|eerie
    |fail(?:s|ed)?\ to|does\ not\ match|do\ not\ match|don't\ match|doesn't\ match
    )\b""",
    re.VERBOSE,
)
"""Words that claim something wrong, unless negated."""

CLEAN = re.compile(
    r"""\b(?:
    natural(?:ly)?|realistic\w*|plausib\w+|consisten(?:t|tly|cy)|coheren\w+|correct(?:ly)?
    |accurate\w*|normal(?:ly)?|regular(?:ly)?|proper(?:ly)?|appropriate\w*|as\ expected|typical
    |legib\w+|readable|intact|complete(?:ly)?\ (?:visible|formed|rendered)|well-?defined
    |well-?formed|smooth(?:ly)?\ (?:transition|motion|movement)\w*|stable|steady|believable
    |logical\w*|authentic|genuine|sharp(?:ly)?|clear(?:ly)?\ (?:visible|defined|readable
    |legible)|match(?:es)?
    |align(?:s|ed)?|align\ with|conform\w*|true\ to\ life|expected
    )\b""",
    re.VERBOSE,
)
"""Words that say all is well, unless negated."""

NEGATION = re.compile(
    r"\b(?:no|not|without|never|none|nor|neither|isn't|aren't|wasn't|weren't|doesn't|don't|didn't"
    r"|cannot|can't|free of|free from|absence of|lack of|lacks|lacking|devoid of|rather than|hardly"
    r"|nothing)\b",
)

EXCUSE = re.compile(
    r"\b(?:depth[- ]of[- ]field|motion blur|compression|low resolution"
    r"|camera (?:motion|movement|shake)|lens|out of focus|focal|bokeh|photographic"
    r"|typical of|consistent with|attribut\w+ to"
    r"|explained by|due to the camera|stylistic|cartoon|animation style|not applicable|n/a"
    r"|at first|one might"
    r"|cannot be assessed|no text|no face|no faces|no people)\b",
)
"""What explains a flaw away: a camera does that, or there is nothing of the kind to look at."""

CLAUSE = re.compile(
    r"[;,]?\s{1,3}\b(?:but|however|although|though|yet|whereas|while|except|nevertheless)\b\s{0,3}",
)

WIDE_NEGATION = re.compile(
    r"\b(?:no (?:\w+ )?(?:signs?|evidence|traces?|indications?)|neither|nor|free (?:of|from)"
    r"|devoid of|lacks any|nothing)\b",
)
"""These reach over a whole list: "no sign of blur, noise or garbled text"."""

NEW_PREDICATE = re.compile(r"\band\s+(?:looks?|is|are|was|were|has|have|appears?|shows?|seems?)\b")
"""Where a negation before it ends: "has no visible source and looks artificial"."""

WIDEST = 200
"""Characters before a word in which its negation is looked for."""

REACH = 6
"""Words over which a negation reaches: "no visible signs of any obvious distortion"."""


def polarity(sentence: str) -> Polarity:
    """What a sentence says. A clause that claims an artifact outweighs one that does not."""
    found = {clause_polarity(clause) for _, clause in clauses(sentence)}
    for strongest in (Polarity.ARTIFACT, Polarity.CLEAN):
        if strongest in found:
            return strongest
    return Polarity.UNCLEAR


def clauses(sentence: str) -> Iterator[tuple[int, str]]:
    """The parts of a sentence that may contradict one another, each with its place."""
    at = 0
    for joint in CLAUSE.finditer(sentence):
        if sentence[at : joint.start()].strip():
            yield at, sentence[at : joint.start()]
        at = joint.end()
    if sentence[at:].strip():
        yield at, sentence[at:]


def clause_polarity(clause: str) -> Polarity:
    """What one clause says."""
    wrong = right = False
    for cue, claims_wrong in ((ARTIFACT, True), (CLEAN, False)):
        for match in cue.finditer(clause):
            negated = _negated(clause, match.start())
            if claims_wrong != negated:
                wrong = True
            else:
                right = True
    if wrong and not EXCUSE.search(clause):
        return Polarity.ARTIFACT
    return Polarity.CLEAN if right or wrong or EXCUSE.search(clause) else Polarity.UNCLEAR


def _negated(clause: str, at: int) -> bool:
    """Whether an odd number of negations stands shortly before this place."""
    before = clause[max(0, at - WIDEST) : at]
    predicates = list(NEW_PREDICATE.finditer(before))
    if predicates:
        before = before[predicates[-1].end() :]
    if WIDE_NEGATION.search(before):
        return True
    words = list(re.finditer(r"[\w'/-]+", before))
    reach = words[-REACH].start() if len(words) >= REACH else 0
    return len(NEGATION.findall(before[reach:])) % 2 == 1
