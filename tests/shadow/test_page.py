"""The page of a comparison, in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.shadow.pairs import compared, of_scores, verdict
from tests.support.chromium import Chromium
from worker.shadow.comparison import Comparison
from worker.shadow.page import render_comparison

pytestmark = pytest.mark.chromium

ATTACK = "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"


def write(folder: Path, found: Comparison) -> Path:
    page = folder / "shadow.html"
    page.write_text(render_comparison(found), encoding="utf-8")
    return page


def test_figures_are_on_the_page(chromium: Chromium, tmp_path: Path) -> None:
    pairs: list[tuple[float | None, float | None]] = [(0.1, 0.1), (0.1, 0.99), (0.7, 0.7)]
    dom = chromium.dom(write(tmp_path, of_scores(pairs)))
    assert "<title>Ivy Worker: a shadow compared on 3 events</title>" in dom
    assert "Labels: 66.67% agree" in dom
    assert "Only 3 events were compared" in dom
    assert dom.count('class="bar"') == 2
    assert "<td>allow</td><td>block</td><td>1</td>" in dom.replace("\n", "")


def test_strangers_words_stay_words(chromium: Chromium, tmp_path: Path) -> None:
    words: dict[str, Any] = {
        "explanation": ATTACK,
        "tenant": ATTACK,
        "surface": ATTACK,
        "content_id": ATTACK,
    }
    found = compared(
        [verdict(1, 0.1, event_id=ATTACK, **words)],
        [verdict(1, 0.99, event_id=ATTACK, shadow=True, **words)],
    )
    dom = chromium.dom(write(tmp_path, found))
    assert "<title>Ivy Worker: a shadow compared on 1 events</title>" in dom
    assert "<script" not in dom
    assert "<img" not in dom
    assert dom.count("&lt;script&gt;") == 8  # two reasons, four names, two groups


def test_a_page_of_nothing_says_so(chromium: Chromium, tmp_path: Path) -> None:
    found = compared([verdict(1, 0.1)], [verdict(2, 0.1, shadow=True)])
    dom = chromium.dom(write(tmp_path, found))
    assert "a shadow compared on 0 events" in dom
    assert "Labels" not in dom


def test_a_narrow_window_has_no_sideways_scrolling(chromium: Chromium, tmp_path: Path) -> None:
    long: dict[str, Any] = {"explanation": "y" * 400, "tenant": "t" * 300}
    found = compared(
        [verdict(n, 0.1, **long) for n in range(3)],
        [verdict(n, 0.9, shadow=True, **long) for n in range(3)],
    )
    seen = chromium.picture(write(tmp_path, found), width=500, height=2000)
    edge = seen[:, -8:]
    assert (edge == edge[0, 0]).all()
    assert len(np.unique(seen.reshape(-1, 3), axis=0)) > 10  # and yet there is something
