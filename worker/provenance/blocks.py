"""The metadata blocks of a file, as they lie in its container and before anybody reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Blocks:
    """What a container held. Each part is bounded; what could not be found is empty."""

    exif: bytes = b""
    """A TIFF structure, with or without ``Exif\\0\\0`` before it."""
    xmp: bytes = b""
    """The XMP packet (ISO 16684-1), as XML."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """Key and text: PNG's text chunks, the keys of MP4 and QuickTime, Matroska's tags."""
    may_hold_c2pa: bool = False
    """False only where a C2PA manifest cannot be in the file."""
