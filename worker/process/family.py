"""The processes below this one: the engine and its cores, the decode processes (proc(5))."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

MAX_SHOWN = 256
"""Processes; a worker has some dozens."""

PAGE = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")
MAX_COMMAND = 120


@dataclass(frozen=True, slots=True)
class Relative:
    """A process below this one."""

    pid: int
    parent: int
    command: str
    state: str
    """The kernel's letter: R runs, S sleeps, D waits for a device, Z is dead and not buried."""
    threads: int
    resident_bytes: int
    processor_s: float


def family() -> list[Relative]:
    """All below this process, parents before their children."""
    children: defaultdict[int, list[Relative]] = defaultdict(list)
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            found = _read(folder)
            if found is not None:
                children[found.parent].append(found)
    ordered: list[Relative] = []
    waiting = [os.getpid()]
    while waiting and len(ordered) < MAX_SHOWN:
        for one in sorted(children[waiting.pop(0)], key=lambda relative: relative.pid):
            ordered.append(one)
            waiting.append(one.pid)
    return ordered[:MAX_SHOWN]


def _read(folder: Path) -> Relative | None:
    try:
        stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
        command = (folder / "cmdline").read_bytes()
    except OSError:
        return None  # gone meanwhile
    # The name in brackets may hold brackets and spaces of its own.
    fields = stat[stat.rindex(")") + 2 :].split()
    words = command.decode(errors="replace").replace("\0", " ").strip()
    name = stat[stat.index("(") + 1 : stat.rindex(")")]
    return Relative(
        pid=int(folder.name),
        parent=int(fields[1]),
        command=(words or name)[:MAX_COMMAND],
        state=fields[0],
        threads=int(fields[17]),
        resident_bytes=int(fields[21]) * PAGE,
        processor_s=(int(fields[11]) + int(fields[12])) / TICKS,
    )
