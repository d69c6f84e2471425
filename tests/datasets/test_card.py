"""The data card: its figures, its pictures, and strangers' names in it."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.datasets.conftest import Looked
from tests.support.chromium import Chromium
from worker.datasets.card.card import write_card
from worker.datasets.card.content import CardContent, content_of
from worker.datasets.card.licences import licence_notes
from worker.datasets.check import check

HOSTILE = "<script>alert(1)</script> $x$ | `*[a](b)"


@pytest.fixture(scope="module")
def content(looked: Looked) -> CardContent:
    """Of the faulty set, one of whose generators has a hostile name."""
    items = tuple(
        replace(item, group=HOSTILE) if item.group == "Sora" else item
        for item in looked.labelled.items
    )
    facts = [
        one.model_copy(update={"group": HOSTILE}) if one.group == "Sora" else one
        for one in looked.facts
    ]
    labelled = replace(looked.labelled, items=items)
    return content_of(labelled, facts, check(labelled, facts), own_uploads=False)


def test_counts_add_up(content: CardContent) -> None:
    for rows in (content.by_split, content.by_group):
        assert sum(row.real for row in rows) == 26
        assert sum(row.fake for row in rows) == 27
    assert {(row.name, row.real, row.fake) for row in content.by_kind} == {
        *(("image", 25, 25), ("video", 1, 0))
    }
    assert {row.name for row in content.by_format} == {"image/jpeg", "image/png", "video/mp4 h264"}


def test_a_card_is_whole_and_the_same_again(content: CardContent, tmp_path: Path) -> None:
    written = write_card(content, tmp_path / "card")
    first = {path: path.read_bytes() for path in written}
    assert {path.name for path in written} >= {"README.md", "index.html", "check.json"}
    pictures = [path for path in written if path.suffix == ".png"]
    assert len(pictures) == 5
    for path in pictures:
        shown = np.asarray(Image.open(io.BytesIO(first[path])).convert("RGB"))
        assert (shown == (0, 114, 178)).all(axis=2).any(), f"{path.name} shows no real media"
    assert write_card(content, tmp_path / "card") == written
    assert {path: path.read_bytes() for path in written} == first


def test_names_of_strangers_are_text(content: CardContent, tmp_path: Path) -> None:
    write_card(content, tmp_path)
    html, markdown = ((tmp_path / name).read_text() for name in ("index.html", "README.md"))
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert not re.search(r"(?<!\\)<script", markdown)
    (line,) = (line for line in markdown.splitlines() if "script" in line)
    assert line.replace(r"\|", "").count("|") == 4


@pytest.mark.chromium
def test_a_browser_shows_it(content: CardContent, tmp_path: Path, chromium: Chromium) -> None:
    write_card(content, tmp_path / "card")
    page = tmp_path / "card" / "index.html"
    assert "How well one property alone tells the labels" in chromium.dom(page)
    shown = chromium.picture(page, height=2600)
    for colour in ((0, 114, 178), (213, 94, 0)):
        assert (shown == colour).all(axis=2).sum() > 500


def test_notes_on_licences_never_say_that_all_is_well() -> None:
    assert "non-commercial" in " ".join(licence_notes("ivy-fake"))
    assert "look at its source" in " ".join(licence_notes("folders"))
    assert "personal data" in " ".join(licence_notes("list", own_uploads=True))
