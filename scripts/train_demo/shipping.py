"""The trained model as the one that ships: its files, its spec and its calibrations."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import yaml

from scripts.tiny_checkpoint.calibration import fit
from worker.drawn.sets import Wanted, make_set
from worker.models.spec import MODELS, load_spec
from worker.training.exporting import SPEC

NAME = "tiny-artifacts"
SPLIT = "calibration"
WANTED = Wanted(SPLIT, 600, 200)
"""Drawn from a stream of their own: the model has seen none of them."""

SEED = 10

HEADER = "# A Qwen2.5-VL of some 360 k parameters, made by `make tiny-artifacts`. For the demo.\n"

README = """# tiny-artifacts

A Qwen2.5-VL with random beginnings and some 360,000 parameters, trained by `make tiny-artifacts`
through all stages of `ivy-worker train` on drawn scenes: hills below a sky, and in half of them
one of four artifacts (a blurred patch, a patch of an unnatural hue, a patch with a grid,
flickering light). It says "fake" and names the artifact, with errors: docs/training.md has them
counted. It is no detector of anything, and there to show the machinery without a GPU. Under the
project's own licence; no third party's weights are in it.
"""


def ship(trained: Path) -> None:
    """Make the model of a spec the shipped one. Raises ``OSError`` and ``CalledProcessError``."""
    spec, folder = load_spec(str(trained)), MODELS / NAME
    calibrations = Path("calibrations") / f"{NAME}.yaml"
    shutil.rmtree(folder, ignore_errors=True)
    # The spec of the untrained one lies among the base's small files.
    shutil.copytree(Path(spec.source), folder, ignore=shutil.ignore_patterns(SPEC))
    for file in folder.iterdir():
        file.chmod(0o644)
    (folder / "README.md").write_text(README, encoding="utf-8")
    shipped = spec.model_copy(update={"source": NAME, "calibrations": str(calibrations)})
    fields = shipped.model_dump(mode="json", exclude_defaults=True)
    text = yaml.safe_dump(fields, sort_keys=False, allow_unicode=True)
    (MODELS / f"{NAME}.yaml").write_text(HEADER + text, encoding="utf-8")
    (MODELS / calibrations).unlink(missing_ok=True)
    _calibrate(MODELS / calibrations)


def _calibrate(file: Path) -> None:
    """Fit as a person would. The model errs, so there is something to calibrate."""
    with tempfile.TemporaryDirectory() as scratch:
        listing = make_set(Path(scratch), (WANTED,), SEED)
        named = listing.with_name("drawn artifacts, held out.jsonl")
        listing.rename(named)
        fit(named, file, NAME)
