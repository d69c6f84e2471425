"""Files that a script writes, and that a check holds against what it would write."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def renew(wanted: Mapping[Path, str], command: str, *, check: bool) -> int:
    """Write what is not up to date, or only tell. The exit status: 1 if a check found some."""
    stale = [
        path
        for path, text in wanted.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    for path in stale:
        if check:
            print(f"{path} is not up to date: run {command}")
        else:
            path.write_text(wanted[path], encoding="utf-8")
            print(f"wrote {path}")
    return 1 if check and stale else 0
