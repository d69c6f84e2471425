"""The report and the comparison in a real browser."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.evaluation.made import THINK, drawn, manifest, outcome, scored
from tests.support.chromium import Chromium
from tests.support.manual_clock import ManualClock
from worker.evaluation.comparison.comparison import Side, Wish, compare
from worker.evaluation.comparison.page import render_page as render_comparison
from worker.evaluation.comparison.pairs import join
from worker.evaluation.gallery import FOLDER, picture_of
from worker.evaluation.outcome import Outcome
from worker.evaluation.report.figures import figures
from worker.evaluation.report.page import render_page
from worker.evaluation.report.report import Wish as ReportWish
from worker.evaluation.report.report import make_report

pytestmark = pytest.mark.chromium

GREEN = (0, 200, 0)
ATTACK = "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run's folder with the picture of one error."""
    folder = tmp_path / "run"
    (folder / FOLDER).mkdir(parents=True)
    packed = io.BytesIO()
    Image.new("RGB", (160, 120), GREEN).save(packed, "JPEG")
    picture_of(folder, "e" * 64).write_bytes(packed.getvalue())
    return folder


def outcomes() -> list[Outcome]:
    wrong = outcome(
        "wrong.png",
        conclusion="real",
        score=scored(0.001),
        sha256="e" * 64,
        group=ATTACK,
        text=f"<think>{ATTACK}</think><conclusion>real</conclusion>",
    )
    return [*drawn(200), wrong]


def test_the_report_shows_pictures_and_runs_nothing(
    chromium: Chromium, tmp_path: Path, run: Path
) -> None:
    made = make_report(
        manifest(201), outcomes(), {}, (), ReportWish(resamples=100), ManualClock().now()
    )
    page = tmp_path / "report.html"
    page.write_text(render_page(made, run, {THINK.value: figures(outcomes())}), encoding="utf-8")
    dom = chromium.dom(page)
    assert "<title>made-up/model on made-up</title>" in dom
    assert "<script" not in dom
    assert dom.count("data:image/svg+xml") == 3
    assert dom.count("data:image/jpeg") == 1
    assert "wrong.png" in dom.split("Wrong, and sure of it")[1]
    accuracy = made.sections[0].overall.accuracy.value
    assert f"{accuracy:.3f}" in dom.split("accuracy, failures as errors")[1][:200]
    assert "this run: made-up/model" in dom
    seen = chromium.picture(page, height=8000)
    green = np.all(np.abs(seen.astype(int) - GREEN) < 40, axis=2)
    assert green.sum() > 5000
    assert np.ptp(np.flatnonzero(green.any(axis=1))) <= 9 * 16 + 2  # its frame is 9 rem high
    # Nothing hangs out of the page on the right.
    assert len(np.unique(seen[:, -4:].reshape(-1, 3), axis=0)) == 1


def test_the_comparison_shows_what_changed(chromium: Chromium, tmp_path: Path, run: Path) -> None:
    before = outcomes()
    after = [*before[:-1], before[-1].model_copy(update={"conclusion": "fake"})]
    sides = [Side(name=name, form=THINK, run=manifest()) for name in ("live", ATTACK)]
    found = compare(
        sides[0], sides[1], join(before, after), Wish(resamples=100), ManualClock().now()
    )
    page = tmp_path / "compare.html"
    page.write_text(render_comparison(found, (run, run)), encoding="utf-8")
    dom = chromium.dom(page)
    assert "<script" not in dom
    assert dom.count("data:image/jpeg") == 1
    assert "fake: real before, fake after" in dom
    assert "McNemar: p 1.0000, exact" in dom
