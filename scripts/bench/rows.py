"""All rows, in the order in which they are measured."""

from __future__ import annotations

from collections.abc import Mapping

from scripts.bench.decode_image import decode_image
from scripts.bench.decode_video import decode_video
from scripts.bench.plumbing import cached, plumbing
from scripts.bench.row import Row

ROWS: Mapping[str, Row] = {
    "plumbing": plumbing,
    "cached": cached,
    "decode-image": decode_image,
    "decode-video": decode_video,
}
