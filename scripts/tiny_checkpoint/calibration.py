"""The tiny checkpoint's calibrations: fitted as a person would, on drawn pictures.

Some labels are turned round, for a model that is never wrong has nothing to calibrate. So these say
nothing about detection; they are there for the demo and the tests.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from worker.demo.pictures import picture
from worker.demo.small import SMALL_ENGINE
from worker.models.spec import MODELS

PICTURES = 1000
TURNED = 0.02
"""Of the labels: the calibrated scores of what is sure then lie near 0.02 and 0.98."""
SEED = 7
SIDE = 112


def calibrate(file: Path) -> None:
    """Draw the set, and write the calibrations of both forms. Raises ``CalledProcessError``."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "drawn pictures, 1 label in 50 turned round"
        _draw(folder)
        fit(folder, file, "tiny", "--form", "both")


def fit(labelled: Path, to: Path, model: str, *options: str) -> None:
    """Run `ivy-worker calibrate` on a small model. Raises ``CalledProcessError``."""
    subprocess.run(
        [
            *(sys.executable, "-m", "worker", "calibrate", str(labelled), "--to", str(to)),
            *(*options, "--set", f"model.spec={model}"),
            *(word for setting in SMALL_ENGINE for word in ("--set", setting)),
        ],
        check=True,
    )


def _draw(folder: Path) -> None:
    rng = np.random.default_rng(SEED)
    for number in range(PICTURES):
        tint = float(rng.uniform(0.05, 1) * rng.choice([-1, 1]))
        label = "real" if (tint > 0) != (rng.random() < TURNED) else "fake"
        path = folder / label / f"{number:04d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture(rng, tint, SIDE, SIDE)).save(path)


DEFAULT = MODELS / "calibrations" / "tiny.yaml"
