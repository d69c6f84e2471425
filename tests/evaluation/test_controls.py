"""Controls: what tells the labels without pixels, and what tells real from real."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.evaluation.made import manifest, outcome, scored
from tests.support.manual_clock import ManualClock
from worker.domain.media import MediaKind
from worker.evaluation.controls.floor import HALVES, floors
from worker.evaluation.controls.probe import probes
from worker.evaluation.outcome import Outcome
from worker.evaluation.report.markdown import render_markdown
from worker.evaluation.report.page import render_page
from worker.evaluation.report.report import Wish, make_report
from worker.labelled.items import Truth

CHANCE = {"resamples": 200, "seed": 0}


def clips(count: int, *, leaky: bool, variant: str = "original") -> list[Outcome]:
    """Half fake; in a leaky set the fakes last four seconds, and the real ones ten or so."""
    rng = np.random.default_rng(4)
    made = []
    for number in range(count):
        fake = number % 2 == 1
        seconds = 4.0 if fake and leaky else float(rng.uniform(8, 12))
        changes: dict[str, Any] = {
            "label": Truth.FAKE if fake else Truth.REAL,
            "kind": MediaKind.VIDEO,
            "mime": "video/mp4",
            "codec": "h264",
            "frames": int(seconds * 24),
            "duration_s": seconds,
            "bytes": int(rng.integers(90_000, 110_000)),
            "score": scored(float(rng.uniform())),
            "variant": variant,
        }
        made.append(outcome(f"{number}.mp4", **changes))
    return made


def test_clips_of_one_length_are_told_by_it_and_canonical_ones_are_not() -> None:
    rows, notes = probes(
        [*clips(200, leaky=True), *clips(200, leaky=False, variant="canonical")],
        ("original", "canonical"),
        **CHANCE,
    )
    found = {(one.variant, one.facts): one for one in rows}
    leak = found["original", "all together"]
    assert leak.leaks
    assert leak.auc.value is not None
    assert leak.auc.value > 0.95
    assert found["original", "duration"].fake == "4 s"
    # A model that guesses: what the files tell, it does not know.
    assert leak.model_auc.low is not None
    assert leak.model_auc.low < 0.5 < (leak.model_auc.high or 0)
    assert not found["canonical", "all together"].leaks
    assert ("canonical", "bytes") not in found
    assert rows[0].facts == "all together"
    assert not notes


def test_files_that_are_alike_have_nothing_to_tell() -> None:
    alike = {"duration_s": 2.0, "frames": 16, "variant": "canonical"}
    made = [one.model_copy(update=alike) for one in clips(80, leaky=True)]
    rows, notes = probes(made, ("original", "canonical"), **CHANCE)
    assert not rows
    assert notes == ["canonical: no fact of the videos is left that could tell them apart"]


def test_too_few_and_outcomes_of_an_older_version() -> None:
    few = clips(12, leaky=True)
    rows, notes = probes(few, ("original",), **CHANCE)
    assert not rows
    assert notes == ["original: 6 real and 6 fake videos are too few to probe"]
    old = [one.model_copy(update={"bytes": None}) for one in clips(200, leaky=True)]
    assert probes(old, ("original",), **CHANCE) == ([], [])


def reals(apart: float) -> list[Outcome]:
    rng = np.random.default_rng(7)
    made = []
    for number in range(300):
        group = ("phone", "camera", "web")[number % 3]
        z = rng.normal(apart if group == "phone" else 0.0)
        changes: dict[str, Any] = {"sha256": f"{rng.integers(2**60):064x}", "group": group}
        value = float(1 / (1 + np.exp(-z)))
        made.append(outcome(f"{number}.png", label=Truth.REAL, score=scored(value), **changes))
    return made


@pytest.mark.parametrize(("apart", "told"), [(0.0, False), (1.5, True), (-1.5, True)])
def test_a_source_that_stands_apart_is_named(apart: float, told: bool) -> None:
    fakes = [outcome(f"f{number}.png") for number in range(50)]
    found = {one.part: one for one in floors([*reals(apart), *fakes], **CHANCE)}
    assert list(found) == [HALVES, "camera", "phone", "web"]
    phone = found["phone"]
    assert (phone.inside, phone.others, phone.told_apart) == (100, 200, told)
    assert phone.auc.value is not None
    assert (phone.auc.value > 0.7) is (apart > 0)
    assert (phone.auc.value < 0.3) is (apart < 0)
    assert not found[HALVES].told_apart


def test_page_and_text_show_them() -> None:
    made = clips(200, leaky=True)
    sources = ("phone", "camera")
    outcomes = [
        one.model_copy(update={"group": f"<{sources[n // 2 % 2]}>" if n % 2 == 0 else "Gen"})
        for n, one in enumerate(made)
    ]
    report = make_report(
        manifest(200), outcomes, {}, (), Wish(resamples=100), ManualClock().now(), notes=("x",)
    )
    page, text = render_page(report, Path("/nowhere"), {}), render_markdown(report)
    for written in (page, text):
        assert "the labels told without a look at the pixels" in written
        assert "all together" in written
        assert "real against real" in written
        assert "<phone>" not in written
    assert "&lt;phone&gt;" in page


def test_sources_of_too_few_media_have_no_row() -> None:
    assert not floors(reals(0.0)[:12], **CHANCE)
