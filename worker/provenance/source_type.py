"""The Digital Source Type vocabulary, and what each of its terms says about AI.

Source: IPTC NewsCodes, http://cv.iptc.org/newscodes/digitalsourcetype/ (as of 2024-10), and the
terms that C2PA adds in http://c2pa.org/digitalsourcetype/.
"""

from __future__ import annotations

import re
from types import MappingProxyType

from worker.domain.provenance import Says

TERMS = MappingProxyType(
    {
        "trainedAlgorithmicMedia": Says.AI_GENERATED,
        "trainedAlgorithmicData": Says.AI_GENERATED,
        "compositeWithTrainedAlgorithmicMedia": Says.AI_EDITED,
        # "at least one of which is Generative AI": a part, at least.
        "compositeSynthetic": Says.AI_EDITED,
        "digitalCapture": Says.CAPTURED,
        "computationalCapture": Says.CAPTURED,
        "compositeCapture": Says.CAPTURED,
        "negativeFilm": Says.CAPTURED,
        "positiveFilm": Says.CAPTURED,
        "digitalCreation": Says.HUMAN_MADE,
        "digitalArt": Says.HUMAN_MADE,
        "humanEdits": Says.HUMAN_MADE,
        "minorHumanEdits": Says.HUMAN_MADE,
        "dataDrivenMedia": Says.HUMAN_MADE,
        # Of what was printed, shown on the screen, enhanced or put together, nothing is said.
        "print": Says.UNKNOWN,
        "screenCapture": Says.UNKNOWN,
        "virtualRecording": Says.UNKNOWN,
        "algorithmicallyEnhanced": Says.UNKNOWN,
        "algorithmicMedia": Says.UNKNOWN,
        "composite": Says.UNKNOWN,
        "softwareImage": Says.UNKNOWN,
        "empty": Says.UNKNOWN,
        "nil": Says.UNKNOWN,
    }
)

_TERM = re.compile(
    r"(?:https?://(?:cv\.iptc\.org/newscodes|c2pa\.org)/digitalsourcetype/|digsrctype:)?"
    r"([A-Za-z]{1,60})/?"
)
"""As a URI, as a QCode, and bare as some programs have it."""


def term(value: object) -> str | None:
    """The term that a URI names; None for what is none of the vocabulary's."""
    if not isinstance(value, str):
        return None
    match = _TERM.fullmatch(value.strip())
    return match[1] if match is not None and match[1] in TERMS else None
