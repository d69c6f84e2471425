"""Reliability diagrams, as files."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
from PIL import Image

from tests.calibration.synthetic import drawn
from tests.support.factories import NOON
from worker.calibration.fit import fit
from worker.calibration.plot import CALIBRATED, RAW, save_plot

SVG = "{http://www.w3.org/2000/svg}"


def test_a_plot_is_a_picture_with_both_curves_and_a_drawing_with_its_words(tmp_path: Path) -> None:
    fitting = fit(drawn(400, a=0.3), now=NOON)
    png, svg = save_plot(fitting, tmp_path)
    pixels = np.asarray(Image.open(png).convert("RGB")).reshape(-1, 3)
    for colour in (RAW, CALIBRATED):
        rgb = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
        assert (pixels == rgb).all(axis=1).sum() > 500, colour
    words = " ".join(text.text or "" for text in ET.parse(svg).iter(f"{SVG}text"))
    quality = fitting.calibration.evaluation.calibrated
    for said in ("share of fakes", "score: P(AI-generated)", f"ECE {quality.ece:.3f}"):
        assert said in words
    assert f"{fitting.sample.reals} real" in words


def test_the_same_calibration_gives_the_same_files(tmp_path: Path) -> None:
    fitting = fit(drawn(60, a=0.3), now=NOON)
    first = [path.read_bytes() for path in save_plot(fitting, tmp_path)]
    assert [path.read_bytes() for path in save_plot(fitting, tmp_path)] == first
    assert len(list(tmp_path.iterdir())) == 2
