"""A run on the real decoder and a real vLLM, from the media to the report."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from PIL import Image

from tests.evaluation.made import begun, labelled
from tests.support.media import video_file
from worker.decode.config import DecodeConfig
from worker.decode.pool import DecodePool
from worker.demo.pictures import picture
from worker.detector.vllm.detector import VllmDetector
from worker.domain.answer import ScoreKind
from worker.domain.clock import SystemClock
from worker.domain.failure import Reason
from worker.domain.generation import AnswerForm
from worker.evaluation.comparison.comparison import Side, Wish, compare
from worker.evaluation.comparison.pairs import join
from worker.evaluation.gallery import picture_of
from worker.evaluation.journal import read_outcomes
from worker.evaluation.manifest import load_manifest
from worker.evaluation.plan import Plan
from worker.evaluation.report.report import Wish as ReportWish
from worker.evaluation.report.report import make_report
from worker.evaluation.rouge import rouge_column
from worker.evaluation.sessions import load_sessions
from worker.fetch.config import FetchConfig
from worker.fetch.router import FetchRouter
from worker.flow.byte_budget import ByteBudget
from worker.flow.retry import Retry
from worker.labelled.items import LabelledItem, LabelledSet, Truth
from worker.scoring.rooms import ScoringRooms

pytestmark = [pytest.mark.vllm, pytest.mark.asyncio(loop_scope="session")]

BOTH = tuple(AnswerForm)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def rooms(vllm_detector: VllmDetector) -> AsyncIterator[ScoringRooms]:
    pool = DecodePool(DecodeConfig(processes=1, text=False, provenance=False))
    fetcher = FetchRouter(FetchConfig(file_root=Path("/")))
    try:
        await pool.start()
        yield ScoringRooms(
            fetcher=fetcher,
            decoder=pool,
            detector=vllm_detector,
            retry=Retry(),
            memory=ByteBudget(10_000_000),
            clock=SystemClock(),
        )
    finally:
        await fetcher.close()
        await pool.close()


@pytest.fixture
def media(tmp_path: Path) -> LabelledSet:
    """Clear ones, two that it must err on, and one that is torn."""
    rng = np.random.default_rng(5)
    items = []
    for name, tint, label in (
        *((f"red{n}.png", 0.7, Truth.REAL) for n in range(5)),
        *((f"blue{n}.jpg", -0.7, Truth.FAKE) for n in range(5)),
        ("red-but-fake.png", 0.7, Truth.FAKE),
        ("blue-but-real.png", -0.7, Truth.REAL),
    ):
        Image.fromarray(picture(rng, tint, 112, 84)).save(tmp_path / name)
        group = "Painter" if label is Truth.FAKE else "camera"
        words = "This image is mostly blue." if tint < 0 else "This image is mostly red."
        items.append(LabelledItem(tmp_path / name, name, label, group, words))
    for name, data in (("clip.mp4", video_file(-0.9)), ("torn.mp4", video_file(-0.9)[:300])):
        (tmp_path / name).write_bytes(data)
        items.append(LabelledItem(tmp_path / name, name, Truth.FAKE, "Mover"))
    return labelled(*items)


async def test_from_media_to_a_report_and_a_comparison(
    tmp_path: Path, media: LabelledSet, rooms: ScoringRooms
) -> None:
    to = tmp_path / "run"
    run, plan = begun(to, media, BOTH)
    half = Plan(plan.set_name, plan.tasks[:6], 0)
    assert not await run.go(half, rooms, at_once=4, done=lambda _: None)
    run, plan = begun(to, media, BOTH)
    assert plan.questions == 2 * 8
    assert not await run.go(plan, rooms, at_once=4, done=lambda _: None)

    outcomes = list(read_outcomes(to))
    found = {one.key: one for one in outcomes}
    assert len(found) == len(outcomes) == 2 * len(media.items)
    by_path = {one.path: one for one in outcomes if one.form is AnswerForm.THINK_FIRST}
    assert {path for path, one in by_path.items() if not one.correct} == {
        "red-but-fake.png",
        "blue-but-real.png",
        "torn.mp4",
    }
    assert by_path["torn.mp4"].failure is Reason.MEDIA_UNDECODABLE
    assert by_path["clip.mp4"].score.kind is ScoreKind.LABEL_LOGPROBS
    assert "blue" in by_path["clip.mp4"].text
    wrong = by_path["red-but-fake.png"]
    assert wrong.sha256 is not None
    with Image.open(picture_of(to, wrong.sha256)) as drawn:
        red, _, blue = np.asarray(drawn.convert("RGB")).mean(axis=(0, 1))
    assert red > blue + 40

    columns = {"rouge_l": rouge_column(outcomes, lambda: None)}
    report = make_report(
        load_manifest(to),
        outcomes,
        columns,
        load_sessions(to),
        ReportWish(resamples=100, gpu_hour_price=2.0),
        SystemClock().now(),
    )
    assert [section.form for section in report.sections] == list(BOTH)
    first = report.sections[0]
    assert first.overall.confusion["fake"] == {"real": 1, "fake": 6, "nothing": 0}
    assert first.overall.accuracy.value == pytest.approx(11 / 13, abs=1e-6)
    assert {one.path for one in first.errors} == {"red-but-fake.png", "blue-but-real.png"}
    assert first.generators[0].name == "Painter"
    explained = {one.where: one for one in first.explained}
    assert explained["image"].all_answers.value is not None
    assert explained["image"].all_answers.value > 0.5
    assert report.cost.engine_seconds is not None
    assert report.cost.price is not None
    assert report.cost.completion_tokens > 0

    sides = [Side(name=form.value, form=form, run=load_manifest(to)) for form in BOTH]
    answers = [[one for one in outcomes if one.form is form] for form in BOTH]
    compared = compare(sides[0], sides[1], join(*answers), Wish(resamples=100), SystemClock().now())
    assert compared.compared == 13
    assert "scores of two kinds" in compared.notices[0]
