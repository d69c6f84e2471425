"""What it was measured on. No host name."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from worker.process.cores import usable_cores
from worker.sizing.costs import Machine

ASK_TIMEOUT_S = 20


def this_machine() -> Machine:
    """The machine we run on; of GPUs the first that the driver shows."""
    gpu = _gpu()
    return Machine(
        cpu=_cpu_name(),
        cores=usable_cores(),
        memory_bytes=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        gpu=gpu[0] if gpu else None,
        gpu_memory_bytes=gpu[1] if gpu else None,
    )


def _cpu_name() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()[:200]
    return "unknown"


def _gpu() -> tuple[str, int] | None:
    """Its name and memory, by nvidia-smi."""
    query = ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]
    try:
        asked = subprocess.run(
            query, capture_output=True, text=True, timeout=ASK_TIMEOUT_S, check=True
        )
        name, _, mebibytes = asked.stdout.splitlines()[0].rpartition(",")
        return name.strip()[:200], int(mebibytes) * 1024**2
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None
