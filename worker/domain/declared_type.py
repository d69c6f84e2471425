"""What an uploader says that a file is, beside what it is."""

from __future__ import annotations

import re

MAX_LENGTH = 100

NAME = r"[a-z0-9][a-z0-9.+-]{0,48}"
MEDIA_TYPE = re.compile(rf"({NAME})/({NAME})")
"""RFC 6838, 4.2, without the signs that no registered type uses; in lower case."""

NO_CLAIM = frozenset({"application/octet-stream", "binary/octet-stream"})
"""What a server says that does not know (RFC 9110, 8.3)."""

SAME: dict[str, str] = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-png": "image/png",
    "image/apng": "image/png",
    "image/vnd.mozilla.apng": "image/png",
    "image/x-ms-bmp": "image/bmp",
    "image/x-bmp": "image/bmp",
    "image/tif": "image/tiff",
    "image/heic": "image/heif",
    "image/heic-sequence": "image/heif",
    "image/heif-sequence": "image/heif",
    "image/avif-sequence": "image/avif",
    "video/x-m4v": "video/mp4",
    "video/3gpp": "video/mp4",
    "video/3gpp2": "video/mp4",
    "application/mp4": "video/mp4",
    "video/matroska": "video/x-matroska",
}
"""Other names for the types that ``worker.decode.sniff`` tells."""


def other_type(declared: str | None, found: str) -> str | None:
    """The declared type, where it is another than the one found; None where it is the same.

    Parameters are cut off. What is no media type at all, such as a wildcard or a script, is no
    claim: None. So what comes back is safe to show, and ``MAX_LENGTH`` characters at most.
    """
    if declared is None or len(declared) > 4 * MAX_LENGTH:
        return None
    name = declared.partition(";")[0].strip().lower()
    if MEDIA_TYPE.fullmatch(name) is None or name in NO_CLAIM:
        return None
    return None if SAME.get(name, name) == found else name
