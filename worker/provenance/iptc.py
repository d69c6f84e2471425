"""What an XMP packet says of the picture's source, and of a C2PA manifest that lies elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from worker.domain.provenance import ProvenanceSignal, Says, SignalKind, Strength
from worker.provenance.source_type import TERMS, term
from worker.provenance.text import clean
from worker.provenance.xmp import Property

Packet = Mapping[Property, tuple[str, ...]]


def source_types(packet: Packet) -> Iterator[ProvenanceSignal]:
    """A signal for each different DigitalSourceType: should be one, and several may contradict."""
    system = clean(next(iter(packet.get(Property.AI_SYSTEM_USED, ())), None))
    for name in dict.fromkeys(map(term, packet.get(Property.DIGITAL_SOURCE_TYPE, ()))):
        if name is not None:
            yield ProvenanceSignal(
                kind=SignalKind.IPTC_DIGITAL_SOURCE_TYPE,
                says=TERMS[name],
                strength=Strength.UNSIGNED,
                detail="the XMP metadata states this digital source type; anybody can write it",
                generator=system,
                digital_source_type=name,
            )


def manifest_elsewhere(packet: Packet) -> Iterator[ProvenanceSignal]:
    """A URL of a manifest: told, and never followed. The URL may be private, and stays here."""
    for url in packet.get(Property.C2PA_ELSEWHERE, ()):
        if url.lower().startswith(("http://", "https://")):
            yield ProvenanceSignal(
                kind=SignalKind.C2PA,
                says=Says.UNKNOWN,
                strength=Strength.UNSIGNED,
                detail="names a C2PA manifest at another place, which is not fetched",
            )
            return
