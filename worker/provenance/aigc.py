"""The implicit label of GB 45438-2025, wherever a file may carry it.

A JSON object with ``Label``, ``ContentProducer``, ``ProduceID``, ``ReservedCode1``,
``ContentPropagator``, ``PropagateID`` and ``ReservedCode2`` (GB 45438-2025, appendix E). In
pictures it stands in XMP (TC260-PG-20258A) or, as some producers write it, in EXIF text or a PNG
text chunk; in videos under the key or tag ``AIGC`` (TC260-PG-20257A).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from worker.domain.provenance import ProvenanceSignal, Says, SignalKind, Strength
from worker.provenance.text import clean, parse_object

FIELDS = frozenset({"Label", "ContentProducer", "ProduceID", "ContentPropagator", "PropagateID"})
"""One of them at least makes an ``AIGC`` object a label."""

LABELS = {
    "1": (Says.AI_GENERATED, "the AIGC label (GB 45438-2025) says: is generated"),
    "2": (Says.AI_SUSPECTED, "the AIGC label (GB 45438-2025) says: may be generated"),
    "3": (Says.AI_SUSPECTED, "the AIGC label (GB 45438-2025) says: suspected to be generated"),
}

_BARE = re.compile(r"\s{0,8}AIGC\s{0,8}[:=]?\s{0,8}(?=\{)")
"""The label glued to its JSON, as it is seen in EXIF text."""


def read_label(candidates: Iterable[str]) -> Iterator[ProvenanceSignal]:
    """One signal for the first label among texts that may be one."""
    for text in candidates:
        label = _label(text)
        if label is None:
            continue
        value = label.get("Label")
        says, detail = LABELS.get(
            str(value) if isinstance(value, str | int) else "",
            (Says.UNKNOWN, "an AIGC label (GB 45438-2025) with no value that the standard knows"),
        )
        yield ProvenanceSignal(
            kind=SignalKind.AIGC_LABEL,
            says=says,
            strength=Strength.UNSIGNED,
            detail=detail,
            # The other fields number the content and its uploader: not ours to spread.
            generator=clean(label.get("ContentProducer")),
        )
        return


def _label(text: str) -> Mapping[str, object] | None:
    if "{" not in text:
        return None
    found = parse_object(_BARE.sub("", text, count=1) if _BARE.match(text) else text)
    inner = found.get("AIGC", found)
    if isinstance(inner, str):
        inner = parse_object(inner)
    return inner if isinstance(inner, dict) and FIELDS.intersection(inner) else None
