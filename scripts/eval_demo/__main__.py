"""From a labelled set to reports, on a real vLLM without a GPU: `make eval-demo`."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from scripts.eval_demo.media import make_set
from worker.demo.small import SMALL_ENGINE
from worker.models.spec import MODELS


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
    tiny, rounded = to / "runs" / "tiny", to / "runs" / "tiny-8-bit"
    ivy("run", media, "--to", tiny, "--form", "both", "--set", "model.spec=tiny", *engine)
    spec = rounded_spec(to / "weights")
    ivy("run", media, "--to", rounded, "--set", f"model.spec={spec}", *engine)

    pages = []
    for run in (tiny, rounded):
        page = to / f"{run.name}.html"
        ivy("report", run, "--html", page, "--markdown", page.with_suffix(".md"))
        pages.append(page)
    forms = ("--form", "think_first", "--form-b", "verdict_first")
    for name, runs, options in (
        ("forms", (tiny, tiny), forms),
        ("models", (tiny, rounded), ("--form", "think_first")),
    ):
        page = to / f"compare-{name}.html"
        ivy("compare", *runs, *options, "--html", page)
        pages.append(page)
    print("\nThe reports:", *(f"  {page}" for page in pages), sep="\n")


def rounded_spec(folder: Path) -> Path:
    """The tiny model, its weights rounded to eight bits: a cheaper one, as one would try it."""
    import torch
    from safetensors.torch import load_file, save_file

    shutil.copytree(MODELS / "tiny", folder)
    weights = folder / "model.safetensors"
    rounded = {
        name: tensor.to(torch.float8_e4m3fn).to(tensor.dtype)
        for name, tensor in load_file(weights).items()
    }
    save_file(rounded, weights, metadata={"format": "pt"})
    spec = yaml.safe_load((MODELS / "tiny.yaml").read_text("utf-8"))
    spec |= {"id": "ivy-worker/tiny-8-bit", "source": str(folder), "calibrations": None}
    file = folder.with_suffix(".yaml")
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
