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

VARIANTS = ("screenshot", "jpeg-20", "bitrate-30", "canonical")
"""One that takes the tiny model's colours from it, two that do not, and the control."""

BITS = 2
"""Of the cheaper model's first look at a picture: -1, 0 and 1, times a number for each row. It
still knows red from blue, and errs on other media than before; with 3 bits it says the same."""

ROUNDED = "visual.patch_embed"


def main() -> None:
    """Draw, ask, fit, report, compare. Ends with 1 where a step does not end as it should."""
    parser = argparse.ArgumentParser(prog="make eval-demo", description=__doc__)
    parser.add_argument(
        "--to", type=Path, default=Path("build/eval-demo"), help="folder, made anew"
    )
    to: Path = parser.parse_args().to.resolve()
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir(parents=True)

    print("A labelled set of pictures and clips, some of a tint that the tiny model errs on ...")
    train, test = make_set(to / "media")
    engine = [part for setting in SMALL_ENGINE for part in ("--set", setting)]
    tiny, rounded, residual = (to / "runs" / name for name in ("tiny", "rounded", "residual"))
    variants = [part for name in VARIANTS for part in ("--variant", name)]
    ivy("run", test, "--to", tiny, *variants, "--set", "model.spec=tiny", *engine)
    spec = rounded_spec(to / "weights")
    ivy("run", test, "--to", rounded, "--set", f"model.spec={spec}", *engine)
    fit = to / "residual.json"
    ivy("fit", "residual", train, "--to", fit)
    ivy("run", test, "--to", residual, *variants, "--detector", f"baseline:{fit}")

    pages = []
    for run in (tiny, residual):
        page = to / f"{run.name}.html"
        ivy("report", run, "--html", page, "--markdown", page.with_suffix(".md"))
        pages.append(page)
    print(
        "\nA cheaper model: as accurate, but is it as good? The gates are as they would be in CI."
    )
    pages.append(to / "compare-models.html")
    gates = ("--fail-if-worse", "accuracy:0.02", "--fail-if-worse", "auc:0.02")
    ivy("compare", tiny, rounded, "--html", pages[-1], *gates, ends_with=(0, 1))
    print("\nThe model against the cheap baseline, on the same media:")
    pages.append(to / "compare-baseline.html")
    forms = ("--form", "think_first", "--form-b", "verdict_first")
    ivy("compare", tiny, residual, *forms, "--html", pages[-1])
    print("\nThe reports:", *(f"  {page}" for page in pages), sep="\n")


def rounded_spec(folder: Path) -> Path:
    """The tiny model with some of its weights rounded to few bits: a cheaper one, to be tried."""
    import torch
    from safetensors.torch import load_file, save_file

    shutil.copytree(MODELS / "tiny", folder)
    weights = folder / "model.safetensors"
    levels = 2 ** (BITS - 1) - 1

    def rounded(name: str, tensor: torch.Tensor) -> torch.Tensor:
        """Each row by its largest weight, evenly: the plainest quantisation there is."""
        if not name.startswith(ROUNDED):
            return tensor
        rows = tensor.float().flatten(1)
        step = rows.abs().amax(dim=1, keepdim=True).clamp_min(1e-12) / levels
        made: torch.Tensor = ((rows / step).round() * step).reshape(tensor.shape)
        return made.to(tensor.dtype)

    changed = {name: rounded(name, tensor) for name, tensor in load_file(weights).items()}
    save_file(changed, weights, metadata={"format": "pt"})
    spec = yaml.safe_load((MODELS / "tiny.yaml").read_text("utf-8"))
    spec |= {"id": f"ivy-worker/tiny-{BITS}-bit", "source": str(folder), "calibrations": None}
    file = folder.with_suffix(".yaml")
    file.write_text(yaml.safe_dump(spec), encoding="utf-8")
    return file


def ivy(*arguments: object, ends_with: tuple[int, ...] = (0,)) -> None:
    """`ivy-worker eval`, as a person types it."""
    words = ["eval", *(str(argument) for argument in arguments)]
    print("\n$ ivy-worker", *words, flush=True)
    ended = subprocess.run([sys.executable, "-m", "worker", *words], check=False)
    if ended.returncode not in ends_with:
        sys.exit(1)


if __name__ == "__main__":
    main()
