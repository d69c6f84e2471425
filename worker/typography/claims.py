"""Whether text states something about the picture that it stands in: real, or made by AI."""

from __future__ import annotations

import re
from collections.abc import Sequence

from worker.domain.typography import Claim
from worker.typography.east_asian import EAST_ASIAN
from worker.typography.english import ENGLISH
from worker.typography.european import EUROPEAN
from worker.typography.folding import fold
from worker.typography.phrase import Phrase

LONGEST = 2_000
"""Characters read. Eight lines of a page have 800."""

PHRASES: tuple[Phrase, ...] = (*ENGLISH, *EUROPEAN, *EAST_ASIAN)

QUESTION = re.compile(r"[^.!?\n]{0,200}\?")
"""It asks, and states nothing. Within one line only: a question mark elsewhere in the picture must
not take a statement back."""

SIDES = (
    r"(?:rea[li]|authentic|genuine|human|deep ?fake|fake|a\.?i\.?(?:.generated)?|not|echt|ki|ia"
    r"|vrai|faux|fa[li]s[ao])"
)
CONTRAST = re.compile(
    rf"(?<![^\W_]){SIDES}[\W_]{{1,4}}(?:or|vs|versus|and|oder|ou|o|y|und)[\W_]{{1,4}}{SIDES}"
    r"(?![^\W_])"
)
"""Both sides named in one breath: "real or fake", "AI vs human"."""

NEGATION = re.compile(
    r"(?:(?<![^\W_])(?:not?|non|never|isn\Wt|wasn\Wt|ain\Wt|without|zero|nothing|neither|nor|nao"
    r"|nunca|sin|sem|senza|ni|pas|jamais|sans|nicht|keine?s?|nie|ohne)(?:[\W_]{1,4}[^\W_]{1,12})"
    r"{0,2}[\W_]{0,4}|(?:非|不是|并非|並非|[无無]|没有?|沒有?|未)(?:由|经|經|使用|用)?\s{0,2})\Z"
)
"""Shortly before a phrase, and so it states the opposite: "not made by AI"."""

REACH = 48
"""Characters before a phrase in which its negation is looked for: three words and the gaps."""

CLAUSE_END = re.compile(r"[.,;!]")
"""A negation does not reach over it: "no, this is a real photo"."""


def read_claim(lines: Sequence[str]) -> Claim:
    """What the lines of a picture state about it, read one by one and as a whole.

    ``AUTHENTIC`` wins over ``AI_GENERATED``: it is what somebody gains by.
    """
    text = "\n".join(fold(line[:LONGEST]) for line in lines)[:LONGEST]
    text = CONTRAST.sub(" ", QUESTION.sub(" ", text))
    said = {
        _stated(text, found, phrase)
        for phrase in PHRASES
        for found in phrase.pattern.finditer(text)
    }
    for claim in (Claim.AUTHENTIC, Claim.AI_GENERATED):
        if claim in said:
            return claim
    return Claim.NONE


def _stated(text: str, found: re.Match[str], phrase: Phrase) -> Claim:
    if not phrase.turns:
        return phrase.says
    before = CLAUSE_END.split(text[max(0, found.start() - REACH) : found.start()])[-1]
    return OPPOSITE[phrase.says] if NEGATION.search(before) else phrase.says


OPPOSITE = {Claim.AUTHENTIC: Claim.AI_GENERATED, Claim.AI_GENERATED: Claim.AUTHENTIC}
