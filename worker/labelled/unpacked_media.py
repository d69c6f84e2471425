"""Media that come inside a file of many, each put into a file of its own."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from worker.calibration.atomic import write_whole
from worker.labelled.items import LabelledSetInvalid

FOLDER = ".media"
"""Below the set's own folder: whoever chose the disk of the set chose that of its media."""

SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")


def put(root: Path, data: bytes, suffix: str) -> Path:
    """The file of these bytes, written if it is not there yet. Its name is their hash.

    Raises ``LabelledSetInvalid`` where it cannot be written.
    """
    digest = hashlib.sha256(data).hexdigest()
    end = suffix.lower() if SUFFIX.fullmatch(suffix.lower()) else ""
    path = root / FOLDER / digest[:2] / f"{digest}{end}"
    try:
        if not path.is_file() or path.stat().st_size != len(data):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, data)
    except OSError as error:
        raise LabelledSetInvalid(
            f"the media in {root} are to be unpacked into {root / FOLDER}: {error.strerror}"
        ) from error
    return path
