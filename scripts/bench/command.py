"""A command that does its part of a measurement, and what it says."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]


def said_by(
    who: str,
    command: Sequence[str | Path],
    *,
    timeout_s: float,
    env: Mapping[str, str] | None = None,
) -> str:
    """Its standard output. Raises ``RuntimeError`` with the end of what it says of its failure."""
    ended = subprocess.run(
        command,
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    if ended.returncode:
        raise RuntimeError(f"{who}: {ended.stderr.strip()[-2000:]}")
    return ended.stdout
