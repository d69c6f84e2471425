"""The inputs that are kept: seeds that reach far into a reader, and what once broke it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

FOLDER = Path(__file__).parent / "corpus"

CRASH = "crash-"
"""Begin of the name of an input that broke something. It stays, so that it does not do so again."""

SEED = "seed-"
"""Begin of the name of an input that a person wrote. It stays, too."""

MAX_BYTES = 15 * 1024
"""Of one target's corpus, former crashes not counted: it is replayed in every test run, and lies in
every checkout."""


def inputs_of(name: str) -> list[Path]:
    """All that is kept for a target, in a fixed order."""
    return sorted(path for path in (FOLDER / name).glob("*") if path.is_file())


def seeds_of(name: str) -> list[Path]:
    """Those that never broke anything."""
    return [path for path in inputs_of(name) if not path.name.startswith(CRASH)]


def keep(name: str, found: Iterable[Path]) -> int:
    """Put inputs in the place of those that were found before, the shortest first, as far as there
    is room. How many found ones there are now.
    """
    folder = FOLDER / name
    folder.mkdir(parents=True, exist_ok=True)
    chosen = {path.read_bytes() for path in found}
    written = set()
    for path in seeds_of(name):
        if path.name.startswith(SEED):
            written.add(path.read_bytes())
        else:
            path.unlink()
    room, kept = MAX_BYTES - sum(map(len, written)), 0
    for data in sorted(chosen - written, key=lambda data: (len(data), data)):
        if len(data) > room:
            break
        (folder / hashlib.sha256(data).hexdigest()[:12]).write_bytes(data)
        room, kept = room - len(data), kept + 1
    return kept
