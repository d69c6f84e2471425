"""Build and train the tiny checkpoint: python -m scripts.tiny_checkpoint [FOLDER]."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"  # before transformers is imported

from worker.models.spec import MODELS, load_spec

DEFAULT = MODELS / "tiny"


def main() -> None:
    """Write the checkpoint and say how it went."""
    from scripts.tiny_checkpoint.calibration import DEFAULT as CALIBRATIONS
    from scripts.tiny_checkpoint.calibration import calibrate
    from scripts.tiny_checkpoint.training import build

    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    begun = time.monotonic()
    build(folder, load_spec("tiny").prompt, report=print)
    size = sum(file.stat().st_size for file in folder.iterdir())
    if folder == DEFAULT:
        # They hold for these very weights.
        CALIBRATIONS.unlink(missing_ok=True)
        calibrate(CALIBRATIONS)
    print(f"{folder}: {size / 1000:.0f} kB, {time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main()
