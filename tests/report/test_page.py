"""The report, in a real browser."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support.chromium import Chromium
from worker.domain.verdict import Label, TimelineEntry
from worker.report.page import render_page
from worker.report.row import Row

pytestmark = pytest.mark.chromium

GREEN = (0, 200, 0)
RED = (0xB4, 0x23, 0x18)
"""Of what is flagged, on a light page."""


def thumbnail() -> bytes:
    packed = io.BytesIO()
    Image.new("RGB", (160, 120), GREEN).save(packed, "JPEG")
    return packed.getvalue()


def write(folder: Path, rows: list[Row]) -> Path:
    page = folder / "report.html"
    html = render_page(rows, {"abc": thumbnail()}, model="test/model", notice="Only a test.")
    page.write_text(html, encoding="utf-8")
    return page


def row(name: str, verdict: str = "authentic", reason: str = "fine", **more: object) -> Row:
    values = {"score": 0.1, "sha256": "abc", "facts": "image/png", **more}
    return Row(name=name, verdict=verdict, reason=reason, **values)  # type: ignore[arg-type]


def test_pictures_are_shown_and_stay_in_their_frames(chromium: Chromium, tmp_path: Path) -> None:
    page = write(tmp_path, [row(f"{number}.png") for number in range(3)])
    seen = chromium.picture(page)
    green = np.all(np.abs(seen.astype(int) - GREEN) < 30, axis=2)
    columns = np.flatnonzero(green.any(axis=0))
    rows = np.flatnonzero(green.any(axis=1))
    assert green.mean() > 0.05
    assert len(rows) <= 12 * 16 + 2  # the frame is 12 rem high
    assert columns.max() - columns.min() > 800  # three side by side


def test_strangers_words_stay_words(chromium: Chromium, tmp_path: Path) -> None:
    attack = "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"
    page = write(tmp_path, [row(attack, reason=attack), row("a.png", reason='" autofocus onx="')])
    dom = chromium.dom(page)
    assert "<title>Ivy Worker: 2 media</title>" in dom
    assert "<script" not in dom
    assert dom.count("<img") == 2  # the thumbnails
    assert dom.count("autofocus") == dom.count('" autofocus onx="</p>')


def test_what_asks_for_eyes_comes_first(chromium: Chromium, tmp_path: Path) -> None:
    page = write(
        tmp_path,
        [
            row("good.png"),
            row("unsure.png", "uncertain", score=0.5),
            Row.of_failure("broken.png", "media_undecodable", "no"),
            row("fake.png", "ai_generated", score=0.9),
            row("faker.png", "ai_generated", score=0.99),
        ],
    )
    dom = chromium.dom(page)
    order = [
        dom.index(f"<h2>{name}.png</h2>") for name in ("faker", "fake", "unsure", "broken", "good")
    ]
    assert order == sorted(order)
    assert "no picture" in dom
    assert "Only a test." in dom


def test_findings_are_named(chromium: Chromium, tmp_path: Path) -> None:
    page = write(tmp_path, [row("a.png", findings=("abnormal_texture", "localized_blur"))])
    dom = chromium.dom(page)
    assert "<li>abnormal texture</li>" in dom
    assert dom.count('<ul class="findings">') == 1


def test_a_narrow_window_has_no_sideways_scrolling(chromium: Chromium, tmp_path: Path) -> None:
    page = write(tmp_path, [row("x" * 300, reason="y" * 500)])
    seen = chromium.picture(page, width=500, height=900)
    edge = seen[:, -8:]
    assert (edge == edge[0, 0]).all()  # the page's own colour, and nothing cut off


def test_a_timeline_shows_where_a_video_is_flagged(chromium: Chromium, tmp_path: Path) -> None:
    labels = [Label.AUTHENTIC] * 7 + [Label.AI_GENERATED] + [Label.AUTHENTIC] * 7
    windows = tuple(
        TimelineEntry(
            start_s=6.0 * number,
            end_s=6.0 * (number + 1),
            score=0.99 if label is Label.AI_GENERATED else 0.01,
            score_raw=None,
            label=label,
        )
        for number, label in enumerate(labels)
    )
    clip = row(
        "clip.mp4",
        "ai_generated",
        score=0.99,
        action="review",
        timeline=windows,
        notes=("only 7% of the video is flagged",),
        provenance=("<b>a camera</b> named itself",),
    )
    page = write(tmp_path, [clip])
    dom = chromium.dom(page)
    assert dom.count('title="42.0 to 48.0 s: 0.990"') == 1
    assert dom.count(" s: 0.010") == 14
    assert "<li>review: only 7% of the video is flagged</li>" in dom
    assert "Of its own origin: &lt;b&gt;a camera&lt;/b&gt;" in dom
    seen = chromium.picture(page).astype(int)
    red = np.abs(seen - RED).sum(axis=2) < 40
    # Besides the word and the bar of the score: one window of fifteen, a block 16 pixels high.
    blocks = [
        run
        for column in red.T
        for run in np.diff(np.flatnonzero(np.diff(np.r_[0, column, 0])))[::2]
        if run >= 12
    ]
    assert len(blocks) >= 10
