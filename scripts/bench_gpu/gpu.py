"""The GPU, by the driver's word."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass

ASK_TIMEOUT_S = 20


@dataclass(frozen=True, slots=True)
class Gpu:
    """The first that the driver shows."""

    name: str
    memory_mib: int
    driver: str


def find_gpu() -> Gpu | None:
    """None where there is no NVIDIA GPU, or no driver."""
    query = ["nvidia-smi", "--query-gpu=name,memory.total,driver_version"]
    try:
        asked = subprocess.run(
            [*query, "--format=csv,noheader,nounits"],
            capture_output=True,
            text=True,
            timeout=ASK_TIMEOUT_S,
            check=True,
        )
        name, memory, driver = (part.strip() for part in asked.stdout.splitlines()[0].split(","))
        return Gpu(name, int(memory), driver)
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None
