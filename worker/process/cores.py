"""How many cores this process may use: often fewer than the machine has."""

from __future__ import annotations

import math
import os
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")


def usable_cores(cgroups: Path = CGROUPS, own: Path = Path("/proc/self/cgroup")) -> int:
    """Cores by affinity (``taskset``, a cpuset) and by the quota of a container; at least one.

    A quota of 2.5 cores counts as 2. ``os.cpu_count`` knows of neither, and
    ``os.process_cpu_count`` (Python 3.13) of no quota. Sources: sched_getaffinity(2); ``cpu.max``
    in the kernel's Documentation/admin-guide/cgroup-v2.rst; ``cpu.cfs_quota_us`` in
    Documentation/scheduler/sched-bwc.rst.
    """
    by_affinity = len(os.sched_getaffinity(0))
    quota = min(_quotas(cgroups, own), default=math.inf)
    return max(1, min(by_affinity, math.floor(quota) if quota < math.inf else by_affinity))


def _quotas(cgroups: Path, own: Path) -> list[float]:
    """Of each group that we are in, from our own up to the root: the least of them holds."""
    try:
        lines = own.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return []
    found: list[float] = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        names = controllers.split(",")
        if controllers and "cpu" not in names:
            continue
        base = cgroups / "cpu" if controllers else cgroups
        group = base / path.lstrip("/")
        for folder in (group, *group.parents):
            if not folder.is_relative_to(base):
                break
            quota = _version_1(folder) if controllers else _version_2(folder)
            if quota is not None:
                found.append(quota)
    return found


def _version_2(folder: Path) -> float | None:
    words = _read(folder / "cpu.max").split()
    return _ratio(words[0], words[1]) if len(words) == 2 else None


def _version_1(folder: Path) -> float | None:
    return _ratio(_read(folder / "cpu.cfs_quota_us"), _read(folder / "cpu.cfs_period_us"))


def _ratio(quota: str, period: str) -> float | None:
    """None for ``max``, and for -1, which is version 1's word for it."""
    try:
        cores = int(quota) / int(period)
    except (ValueError, ZeroDivisionError):
        return None
    return cores if cores > 0 else None


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
