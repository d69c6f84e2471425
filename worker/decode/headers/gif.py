"""The blocks of a GIF (GIF89a specification)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from worker.decode.headers.refusal import too_many
from worker.decode.mapped_file import Data
from worker.decode.protocol import DecodeLimits
from worker.decode.source_frames import check_frames, check_size

EXTENSION, IMAGE = 0x21, 0x2C

MAX_EXTENSIONS = 100_000
"""Beside those of its frames: comments and applications of an honest file are a handful. Pillow
takes 2 us for one."""


@dataclass(slots=True)
class _Walk:
    data: Data
    at: int
    frames: int = 0
    extensions: int = 0
    width: int = 0
    height: int = 0

    def skip_sub_blocks(self) -> bool:
        """To behind the end of a chain of sub-blocks. False where the file ends before."""
        data, at = self.data, self.at
        end = len(data)
        while at < end:
            size = data[at]
            at += 1 + size
            if size == 0:
                self.at = at
                return True
        return False


def check(data: Data, limits: DecodeLimits) -> None:
    """Raises ``Poison`` for one of too many frames or blocks, or with a frame that is too large.

    Programs enlarge the screen for a frame that reaches beyond it.
    """
    if len(data) < 13:
        return
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    walk = _Walk(data, 13 + _palette(flags), width=width, height=height)
    while walk.at < len(data):
        kind = data[walk.at]
        if kind == EXTENSION:
            walk.extensions += 1
            if walk.extensions - walk.frames > MAX_EXTENSIONS:
                raise too_many("extensions", MAX_EXTENSIONS)
            walk.at += 2
            if not walk.skip_sub_blocks():
                return
        elif kind == IMAGE:
            if not _image(walk, limits):
                return
        else:
            return


def _image(walk: _Walk, limits: DecodeLimits) -> bool:
    if walk.at + 11 > len(walk.data):
        return False
    left, top, wide, high, flags = struct.unpack_from("<HHHHB", walk.data, walk.at + 1)
    walk.frames += 1
    walk.width = max(walk.width, left + wide)
    walk.height = max(walk.height, top + high)
    if walk.width and walk.height:
        check_size(walk.width, walk.height, limits)
    check_frames(walk.frames, walk.width * walk.height, limits)
    walk.at += 11 + _palette(flags)
    return walk.skip_sub_blocks()


def _palette(flags: int) -> int:
    """Bytes of the table of colours that follows."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0
