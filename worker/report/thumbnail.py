"""A small picture of what the model saw."""

from __future__ import annotations

import io

from PIL import Image

from worker.domain.media import PreparedMedia
from worker.process.shared_memory import map_pixels

SIDE = 224
"""Longest side in pixels: some 10 kB each, so that a page of a thousand still opens."""

QUALITY = 82


def draw_thumbnail(media: PreparedMedia) -> bytes:
    """The middle frame as a JPEG."""
    pixels = map_pixels(media.fd, media.shape)
    image = Image.fromarray(pixels[media.frames // 2])
    image.thumbnail((SIDE, SIDE))
    packed = io.BytesIO()
    image.save(packed, "JPEG", quality=QUALITY)
    return packed.getvalue()
