from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.support.factories import NOON, make_record, make_verdict
from tests.telemetry.recorded import Recorded
from worker.app.gauges import show_drift
from worker.cli.main import app
from worker.domain.answer import ScoreKind
from worker.domain.clock import SystemClock
from worker.domain.media import MediaKind
from worker.domain.verdict import CacheUse, VerdictEvent
from worker.drift.baseline import (
    KEPT,
    BaselineInvalid,
    Scores,
    load_baseline,
    make_baseline,
    save_baseline,
)
from worker.drift.config import DriftConfig
from worker.flow.journey import Journey
from worker.telemetry.table import verdicts


def scored(score: float, *, cached: bool = False, kind: ScoreKind | None = None) -> VerdictEvent:
    verdict = make_verdict(score=score)
    return verdict.model_copy(
        update={
            "cache": CacheUse(cached=cached, age_s=1.0 if cached else None),
            "score_kind": kind or verdict.score_kind,
        }
    )


def test_a_baseline_is_made_of_fresh_verdicts_and_read_again(tmp_path: Path) -> None:
    chance = random.Random(0)
    lines = tmp_path / "verdicts.jsonl"
    written = [scored(chance.betavariate(2, 5)) for _ in range(300)]
    # Neither a cached one nor a person's decision is a new score of the model's.
    written += [scored(0.99, cached=True)] * 50 + [scored(1.0, kind=ScoreKind.HUMAN)] * 50
    text = "".join(one.model_dump_json() + "\n" for one in written) + "not json\n\n"
    lines.write_text(text, encoding="utf-8")
    file = tmp_path / "drift.json"
    ended = CliRunner().invoke(app, ["drift", "baseline", str(file), "--from", str(lines)])
    assert ended.exit_code == 0, ended.output
    assert "image: 300 scores in 10 bins" in ended.output
    assert "video: too few scores" in ended.output
    read = load_baseline(file)
    assert sum(read.kinds[MediaKind.IMAGE].counts) == 300
    assert len(read.models) == 1


def test_too_few_verdicts_are_told_with_what_to_do(tmp_path: Path) -> None:
    lines = tmp_path / "verdicts.jsonl"
    lines.write_text(scored(0.5).model_dump_json() + "\n", encoding="utf-8")
    file = tmp_path / "drift.json"
    ended = CliRunner().invoke(app, ["drift", "baseline", str(file), "--from", str(lines)])
    assert ended.exit_code == 1
    assert "1 of images, 0 of videos, and 200 of one kind are needed" in ended.output
    assert "--since" in ended.output
    assert not file.exists()


def test_a_file_that_is_no_baseline_is_named_by_its_setting(tmp_path: Path) -> None:
    file = tmp_path / "drift.json"
    with pytest.raises(BaselineInvalid, match=r"policy\.drift\.baseline.*ivy-worker drift"):
        load_baseline(file)
    made = make_baseline(
        ((MediaKind.IMAGE, number / 500, "m@1") for number in range(500)), source="x", now=NOON
    )
    save_baseline(made, file)
    assert load_baseline(file) == made
    data = json.loads(file.read_text(encoding="utf-8"))
    bins = data["kinds"]["image"]
    for broken in (
        {**bins, "counts": bins["counts"][1:]},
        {**bins, "edges": bins["edges"][::-1]},
        {**bins, "counts": [1] * len(bins["counts"])},
        {**bins, "edges": [float("nan"), *bins["edges"][1:]]},
    ):
        file.write_text(json.dumps({**data, "kinds": {"image": broken}}), encoding="utf-8")
        with pytest.raises(BaselineInvalid, match=r"policy\.drift\.baseline"):
            load_baseline(file)
    file.write_bytes(b" " * 2 * 1024**2)
    with pytest.raises(BaselineInvalid, match="larger"):
        load_baseline(file)


def test_of_very_many_scores_a_fair_sample_is_kept() -> None:
    scores = Scores()
    for number in range(2 * KEPT):
        scores.take(float(number >= KEPT))
    assert len(scores.kept) == KEPT
    assert sum(scores.kept) / KEPT == pytest.approx(0.5, abs=0.01)


def test_the_gauge_shows_fresh_verdicts_only() -> None:
    recorded = Recorded()
    show_drift(recorded.metrics, DriftConfig(window=200))
    journey = Journey(make_record(timestamp_ms=1), SystemClock())
    for number in range(400):
        recorded.metrics.outcome(scored(number % 200 / 200), journey)
        recorded.metrics.outcome(scored(0.99, cached=True), journey)
    assert recorded.values(verdicts.DRIFT)[("image",)] == pytest.approx(0, abs=1e-6)
    for _ in range(200):
        recorded.metrics.outcome(scored(0.99), journey)
    assert recorded.values(verdicts.DRIFT)[("image",)] > 1
