"""Pages made of hostile outcomes, in a real browser: they run nothing, and show it all as text."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.escaping.hostile_outcomes import letter_of, verdict_of
from tests.support.chromium import Chromium
from tests.support.hostile_text import HOSTILE
from worker.report.page import render_page
from worker.report.row import MAX_NAME, MAX_REASON, Row

pytestmark = pytest.mark.chromium


def rows() -> list[Row]:
    found = []
    for text in HOSTILE.values():
        found += [Row.of(text, verdict_of(text)), Row.of(text, letter_of(text))]
    return found


def test_a_report_of_hostile_outcomes_is_text(chromium: Chromium, tmp_path: Path) -> None:
    script = HOSTILE["script"]
    page = tmp_path / "report.html"
    html = render_page(rows(), {}, model=script, notice=script)
    page.write_text(html, encoding="utf-8")
    assert all(part.isprintable() or part == "\n" for part in html)
    assert len(html) < len(rows()) * (MAX_REASON + 3 * MAX_NAME + 4000)
    dom = chromium.dom(page)
    assert f"<title>Ivy Worker: {len(rows())} media</title>" in dom
    for attack in ("<script", "<img", "<a ", "<iframe"):
        assert attack not in dom.partition("<body>")[2]
    assert "&lt;script&gt;document.title='taken'&lt;/script&gt;" in dom
    assert "{{ 7 * 7 }}" in dom
    assert dom.count("<article>") == len(rows())


def test_the_page_itself_forbids_scripts(chromium: Chromium, tmp_path: Path) -> None:
    # As if a template forgot to escape: the policy of the page is the second wall.
    page = tmp_path / "report.html"
    html = render_page([], {}, model="m", notice=None)
    for attack in (
        "<script>document.title='taken'</script>",
        "<img src=x onerror=\"document.title='taken'\">",
        "<iframe src=\"javascript:parent.document.title='taken'\"></iframe>",
    ):
        page.write_text(html.replace("<main>", f"<main>{attack}"), encoding="utf-8")
        dom = chromium.dom(page)
        assert attack[:7] in dom
        assert "<title>Ivy Worker: 0 media</title>" in dom
