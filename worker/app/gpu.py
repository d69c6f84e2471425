"""The GPUs of this machine, as NVIDIA's own tool names them."""

from __future__ import annotations

import shutil
import subprocess

QUERY_TIMEOUT_S = 20
"""nvidia-smi wakes sleeping GPUs, one after another; a broken driver makes it hang."""


def describe_gpus() -> list[str]:
    """One line a GPU: name, driver, memory. Empty where none is seen."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return []
    try:
        answer = subprocess.run(
            [tool, "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            timeout=QUERY_TIMEOUT_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return [line.strip() for line in answer.stdout.splitlines() if line.strip()]
