"""What a file says of itself, looked at before a library opens it.

Libraries walk through a file's structure for as long as it goes on, and make room for all that it
announces. What is beyond any honest file is refused here, by reading a few bytes of each part.
This keeps most bombs from costing anything; it is no sandbox, for no two parsers read a broken
file alike. What passes meets the limits of memory and time.
"""

from __future__ import annotations

from collections.abc import Callable

from worker.decode.headers import bmff, gif, jpeg, matroska, png, tiff
from worker.decode.mapped_file import Data
from worker.decode.protocol import DecodeLimits
from worker.decode.sniff import FileType

CHECKS: dict[str, Callable[[Data, DecodeLimits], None]] = {
    "JPEG": jpeg.check,
    "PNG": png.check,
    "GIF": gif.check,
    "TIFF": tiff.check,
    "mp4": bmff.check,
    "mov": bmff.check,
    "matroska": matroska.check,
    "webm": matroska.check,
}
"""By the format's name in ``FileType``. WebP, AVIF and HEIF: their libraries have such limits of
their own. BMP has nothing but one header. That the entries of a TIFF or of EXIF overlap, and so
count many times, Pillow refuses from 13 on."""


def check_header(data: Data, kind: FileType, limits: DecodeLimits) -> None:
    """Raises ``Poison`` for what is beyond any honest file."""
    look = CHECKS.get(kind.format)
    if look is not None:
        look(data, limits)
