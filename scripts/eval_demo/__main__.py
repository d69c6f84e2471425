"""From a labelled set to reports, on a real vLLM without a GPU: `make eval-demo`."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from scripts.eval_demo.media import make_set
from worker.demo.show import SMALL_ENGINE
from worker.models.spec import MODELS

COARSE_PIXELS = 3_136
"""Of an image, for the second model: 4 tokens of 28 x 28 pixels, where the tiny one has 64."""


def main() -> None:
    """Draw, ask twice, report, compare. Ends with 1 where a step does not end as it should."""
    parser = argparse.ArgumentParser(prog="make eval-demo", description=__doc__)
    parser.add_argument(
        "--to", type=Path, default=Path("build/eval-demo"), help="folder, made anew"
    )
    to: Path = parser.parse_args().to.resolve()
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir(parents=True)

    print("A labelled set of pictures and clips, some of a tint that the tiny model errs on ...")
    media = make_set(to / "media")
    engine = [part for setting in SMALL_ENGINE for part in ("--set", setting)]
    tiny, coarse = to / "runs" / "tiny", to / "runs" / "coarse"
    ivy("run", media, "--to", tiny, "--form", "both", "--set", "model.spec=tiny", *engine)
    spec = coarse_spec(to / "coarse.yaml")
    ivy("run", media, "--to", coarse, "--set", f"model.spec={spec}", *engine)

    pages = []
    for run in (tiny, coarse):
        page = to / f"{run.name}.html"
        ivy("report", run, "--html", page, "--markdown", page.with_suffix(".md"))
        pages.append(page)
    forms = ("--form", "think_first", "--form-b", "verdict_first")
    for name, runs, options in (
        ("forms", (tiny, tiny), forms),
        ("models", (tiny, coarse), ("--form", "think_first")),
    ):
        page = to / f"compare-{name}.html"
        ivy("compare", *runs, *options, "--html", page)
        pages.append(page)
    print("\nThe reports:", *(f"  {page}" for page in pages), sep="\n")


def coarse_spec(file: Path) -> Path:
    """The tiny model with coarser pictures: fewer tokens each, and other answers."""
    spec = yaml.safe_load((MODELS / "tiny.yaml").read_text("utf-8"))
    spec |= {"id": "ivy-worker/tiny-coarse", "calibrations": None}
    spec["recipe"]["image"]["max_pixels"] = COARSE_PIXELS
    file.write_text(yaml.safe_dump(spec), encoding="utf-8")
    return file


def ivy(*arguments: object) -> None:
    """`ivy-worker eval`, as a person types it."""
    words = ["eval", *(str(argument) for argument in arguments)]
    print("\n$ ivy-worker", *words, flush=True)
    ended = subprocess.run([sys.executable, "-m", "worker", *words], check=False)
    if ended.returncode:
        sys.exit(1)


if __name__ == "__main__":
    main()
