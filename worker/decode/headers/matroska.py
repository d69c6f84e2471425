"""The tracks of a Matroska file (RFC 9559)."""

from __future__ import annotations

import re

from worker.decode.mapped_file import Data
from worker.decode.protocol import DecodeLimits
from worker.domain.failure import Poison, Reason

CLUSTER = b"\x1f\x43\xb6\x75"
HEAD = 1 << 20
"""The tracks stand before the first cluster, in the first kilobytes as a rule."""

ENCRYPTED = re.compile(rb"\x50\x33(?:\x81|\x40\x01|\x01\x00{6}\x01)\x01")
"""ContentEncodingType, with its size in one of the ways that it is written, and 1: encryption."""


def check(data: Data, _: DecodeLimits) -> None:
    """Raises ``Poison`` for what is encrypted: FFmpeg would take it for damaged pictures."""
    end = data.find(CLUSTER, 0, HEAD)
    if ENCRYPTED.search(data, 0, end if end >= 0 else HEAD):
        raise Poison(Reason.MEDIA_UNSUPPORTED, "the video is encrypted")
