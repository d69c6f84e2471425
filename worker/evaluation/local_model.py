"""Models in folders here, by their weights: nothing is downloaded."""

from __future__ import annotations

import hashlib
from pathlib import Path

BLOCK = 1 << 20

LENGTH = 12
"""Hexadecimal digits: 48 bits tell any models apart that a person has."""


def weights_of(folder: Path) -> str:
    """Of all weight files, in a few characters."""
    found = hashlib.sha256()
    for file in sorted((*folder.glob("*.safetensors"), *folder.glob("*.bin"))):
        with file.open("rb") as data:
            while block := data.read(BLOCK):
                found.update(block)
    return found.hexdigest()[:LENGTH]
