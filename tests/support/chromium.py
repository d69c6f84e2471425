"""A real Chromium, to look at pages with."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image


class Chromium:
    """Opens a page without a window."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        assert program, "chromium is missing: run `make parts`"
        self._program = program
        self._folder = folder

    def _run(self, *arguments: str) -> str:
        return subprocess.run(
            [
                *(self._program, "--headless", "--no-sandbox", "--disable-gpu"),
                *("--hide-scrollbars", f"--user-data-dir={self._folder / 'profile'}"),
                *arguments,
            ],
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        ).stdout

    def dom(self, page: Path) -> str:
        """The page's elements as the browser understood them."""
        return self._run("--dump-dom", page.as_uri())

    def picture(self, page: Path, width: int = 1280, height: int = 900) -> npt.NDArray[np.uint8]:
        """What a person sees, uint8 RGB."""
        shot = self._folder / "shot.png"
        self._run(f"--window-size={width},{height}", f"--screenshot={shot}", page.as_uri())
        return np.asarray(Image.open(shot).convert("RGB"))


@pytest.fixture
def chromium(tmp_path: Path) -> Chromium:
    """With a profile of its own."""
    return Chromium(tmp_path)
