"""docker-compose.yml as the specification's own reader gives it: merged, filled in, checked."""

from __future__ import annotations

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
READER = ROOT / ".cache" / "compose" / "bin" / "compose-spec"
"""By scripts/compose/build.sh, which `make parts` runs: what `docker compose` itself reads with."""

Service = dict[str, Any]


def read(path: Path) -> subprocess.CompletedProcess[str]:
    """Run the reader on a file, as seen from the top of the repository."""
    assert READER.exists(), "the reader of compose files is missing: run `make parts`"
    return subprocess.run(
        [str(READER), "-format", "json", str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"HOME": "/nonexistent"},
        timeout=30,
    )


@cache
def project() -> dict[str, dict[str, Any]]:
    """All of docker-compose.yml."""
    ran = read(ROOT / "docker-compose.yml")
    assert ran.returncode == 0, ran.stderr
    found: dict[str, dict[str, Any]] = json.loads(ran.stdout)
    return found


def services() -> dict[str, Service]:
    """Every service, by name."""
    return project()["services"]
