"""Write the dashboards anew: python -m scripts.dashboards [--check]."""

from __future__ import annotations

import sys
from pathlib import Path

from scripts.dashboards.boards import BOARDS
from scripts.dashboards.grafana import to_json

FOLDER = Path(__file__).parents[2] / "charts" / "ivy-worker" / "dashboards"


def main() -> int:
    """Write, or with ``--check`` only tell what is out of date."""
    check = "--check" in sys.argv[1:]
    stale = []
    for name, board in BOARDS.items():
        file, text = FOLDER / f"{name}.json", to_json(board)
        if file.exists() and file.read_text(encoding="utf-8") == text:
            continue
        stale.append(file)
        if not check:
            file.write_text(text, encoding="utf-8")
    for file in stale:
        print(f"{file.name} is out of date: run make dashboards" if check else f"wrote {file.name}")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
