"""XMP packets (ISO 16684-1): the few properties that matter, out of strangers' XML.

expat itself, and no tree: a document type is refused where it begins, so no entity is ever
defined, expanded or fetched; nothing is kept but the properties asked for.
"""

from __future__ import annotations

from enum import StrEnum
from xml.parsers import expat

from worker.provenance.text import MAX_TEXT

MAX_DEPTH = 64
"""Elements within elements: what people's programs write has some ten levels."""

MAX_VALUE = 1 << 16
"""Characters of one property: an AIGC label with its signatures has a thousand."""

MAX_VALUES = 4
"""Of one property; DigitalSourceType should have one."""

RDF_RESOURCE = "http://www.w3.org/1999/02/22-rdf-syntax-ns# resource"


class Property(StrEnum):
    """A property: its namespace, a space and its name, as expat gives it."""

    DIGITAL_SOURCE_TYPE = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/ DigitalSourceType"
    AI_SYSTEM_USED = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/ AISystemUsed"
    """IPTC Photo Metadata Standard 2025.1; its sisters with the prompt are left alone."""
    AIGC = "http://www.tc260.org.cn/ns/AIGC/1.0/ AIGC"
    """TC260-PG-20258A, the guide to GB 45438-2025 for pictures."""
    C2PA_ELSEWHERE = "http://purl.org/dc/terms/ provenance"
    """C2PA 2.x, 11: the URL of a manifest that is not in the file."""
    CREATOR_TOOL = "http://ns.adobe.com/xap/1.0/ CreatorTool"
    CREDIT = "http://ns.adobe.com/photoshop/1.0/ Credit"


_WANTED = {str(wanted): wanted for wanted in Property}


class _RefusedError(Exception):
    """The packet is not read any further."""


def read_xmp(packet: bytes) -> dict[Property, tuple[str, ...]]:
    """Values of the properties, as attributes or elements; empty for what cannot be read.

    Only UTF-8 is taken, which is what is written into files (ISO 16684-1, 7); a declaration of
    another encoding is not followed.
    """
    if len(packet) > MAX_TEXT:
        return {}
    reader = _Reader()
    try:
        reader.read(packet.strip(b"\0 \r\n\t").removeprefix(b"\xef\xbb\xbf").decode())
    except (expat.ExpatError, UnicodeDecodeError, _RefusedError):
        # What came before the fault is not taken either: half a packet is no statement.
        return {}
    return {wanted: tuple(values) for wanted, values in reader.found.items()}


class _Reader:
    def __init__(self) -> None:
        self.found: dict[Property, list[str]] = {}
        self._depth = 0
        self._inside: Property | None = None
        self._since = 0
        self._text: list[str] = []
        self._length = 0

    def read(self, text: str) -> None:
        parser = expat.ParserCreate("utf-8", " ")
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.Parse(text, True)

    def _doctype(self, *_: object) -> None:
        raise _RefusedError

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _RefusedError
        for key, value in attributes.items():
            if key in _WANTED:
                self._keep(_WANTED[key], value)
        if self._inside is None and name in _WANTED:
            self._inside, self._since = _WANTED[name], self._depth
            self._text, self._length = [], 0
            self._keep(self._inside, attributes.get(RDF_RESOURCE, ""))

    def _characters(self, text: str) -> None:
        if self._inside is not None and self._length < MAX_VALUE:
            self._text.append(text)
            self._length += len(text)

    def _end(self, _name: str) -> None:
        if self._inside is not None and self._depth == self._since:
            self._keep(self._inside, "".join(self._text))
            self._inside = None
        self._depth -= 1

    def _keep(self, wanted: Property, value: str) -> None:
        value = value[:MAX_VALUE].strip()
        if value and len(self.found.get(wanted, ())) < MAX_VALUES:
            self.found.setdefault(wanted, []).append(value)
