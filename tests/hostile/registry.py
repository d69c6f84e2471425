"""All hostile files."""

from __future__ import annotations

import fnmatch

from tests.hostile import (
    animations,
    atoms,
    bombs,
    heifs,
    jpegs,
    matroska,
    metadata,
    playlists,
    polyglots,
    sides,
    streams,
    tiffs,
    truncated,
)
from tests.hostile.case import Case

FAMILIES: dict[str, tuple[Case, ...]] = {
    module.__name__.rsplit(".", 1)[1]: module.CASES
    for module in (
        bombs,
        sides,
        truncated,
        playlists,
        polyglots,
        jpegs,
        tiffs,
        animations,
        heifs,
        metadata,
        atoms,
        matroska,
        streams,
    )
}
"""By the name of the file that they are in."""

CASES: tuple[Case, ...] = tuple(case for family in FAMILIES.values() for case in family)


def chosen(pattern: str | None) -> list[Case]:
    """Those whose family or name is like the pattern, or contains it; all without one."""
    if not pattern:
        return list(CASES)
    like = pattern.lower() if set(pattern) & set("*?[") else f"*{pattern.lower()}*"
    return [
        case
        for family, cases in FAMILIES.items()
        for case in cases
        if fnmatch.fnmatchcase(f"{family}: {case.name}".lower(), like)
        or fnmatch.fnmatchcase(case.name.lower(), like)
    ]
