"""Which set it is, in a few characters."""

from __future__ import annotations

import hashlib
import json

from worker.labelled.items import LabelledItem, LabelledSet

LENGTH = 16
"""Hexadecimal digits: 64 bits tell any sets apart that a person has."""


def fingerprint(labelled: LabelledSet) -> str:
    """Of every item its name, label, group, reasoning and size in bytes.

    The bytes themselves are not read: a set has hundreds of gigabytes of them. Each outcome has
    the hash of its own.
    """
    found = hashlib.sha256()
    for item in labelled.items:
        line = (item.name, item.label.value, item.group, item.reasoning, _size(item))
        found.update(json.dumps(line).encode() + b"\n")
    return found.hexdigest()[:LENGTH]


def _size(item: LabelledItem) -> int | None:
    try:
        return item.path.stat().st_size
    except (OSError, ValueError):
        return None
