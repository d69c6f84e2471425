"""Draw the dashboards with a Prometheus' figures: python -m scripts.dashboards.render --help."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from scripts.dashboards.__main__ import FOLDER
from scripts.dashboards.picture import draw
from scripts.dashboards.prometheus import Prometheus, QueryRefused
from scripts.dashboards.shown import Shown, Window, ask, panels


def render(prometheus: Prometheus, window: Window, into: Path) -> dict[str, list[Shown]]:
    """Draw each as ``into/NAME.png``. Gives what was shown, by name. Raises ``QueryRefused``."""
    into.mkdir(parents=True, exist_ok=True)
    found = {}
    for file in sorted(FOLDER.glob("*.json")):
        shown = [ask(panel, prometheus, window) for panel in panels(file)]
        draw(file, shown, window, into / f"{file.stem}.png")
        found[file.stem] = shown
    return found


def main() -> int:
    """Draw what the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prometheus", default="http://localhost:9090", metavar="URL")
    parser.add_argument("--into", type=Path, default=Path(), metavar="DIR")
    parser.add_argument("--minutes", type=float, default=180, help="up to now (180)")
    parser.add_argument("--rate-interval", default="2m", help="at least four scrapes (2m)")
    wish = parser.parse_args()
    end = time.time()
    window = Window(end - wish.minutes * 60, end, wish.rate_interval)
    try:
        found = render(Prometheus(wish.prometheus.rstrip("/")), window, wish.into)
    except (QueryRefused, OSError) as error:
        print(f"{wish.prometheus}: {error}", file=sys.stderr)
        return 1
    for name, shown in found.items():
        empty = [one.title for one in shown if not one.series]
        print(f"{wish.into / name}.png: {len(shown)} panels, {len(empty)} without data")
        print("".join(f"  {title}\n" for title in empty), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
