"""Asking about a labelled set; decoder and detector are the twins of the real ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.manual_clock import ManualClock
from tests.support.media import image_file, video_file
from tests.twins.decoder import InProcessDecoder
from tests.twins.detector import FakeDetector
from worker.calibration.scoring import Scores, score_set
from worker.domain.answer import ScoreKind
from worker.domain.failure import Poison, Reason, Systemic, Transient
from worker.domain.generation import AnswerForm
from worker.fetch.config import FetchConfig
from worker.fetch.router import FetchRouter
from worker.flow.byte_budget import ByteBudget
from worker.flow.retry import Retry
from worker.labelled.items import LabelledItem, LabelledSet, Truth
from worker.labelled.reader import read_labelled
from worker.models.spec import load_spec
from worker.scoring.rooms import ScoringRooms

MAX_BYTES = 1_000_000
BOTH = tuple(AnswerForm)


@pytest.fixture
def detector() -> FakeDetector:
    return FakeDetector(load_spec("tiny"))


@pytest.fixture
def rooms(detector: FakeDetector) -> ScoringRooms:
    return ScoringRooms(
        fetcher=FetchRouter(FetchConfig(file_root=Path("/"), max_bytes=MAX_BYTES)),
        decoder=InProcessDecoder(),
        detector=detector,
        retry=Retry(attempts=2, base_s=0.0),
        memory=ByteBudget(2 * MAX_BYTES),
        clock=ManualClock(),
    )


async def scored(
    labelled: LabelledSet, rooms: ScoringRooms, forms: tuple[AnswerForm, ...] = BOTH
) -> tuple[Scores, int]:
    told = []
    scores = await score_set(labelled, forms, rooms, at_once=4, done=lambda: told.append(1))
    return scores, len(told)


def folder(root: Path) -> LabelledSet:
    (root / "real").mkdir()
    (root / "fake" / "Sora").mkdir(parents=True)
    (root / "real" / "red.png").write_bytes(image_file(0.9))
    (root / "fake" / "blue.jpg").write_bytes(image_file(-0.9, "JPEG"))
    (root / "fake" / "Sora" / "clip.mp4").write_bytes(video_file(-0.9))
    return read_labelled(root)


async def test_every_item_is_asked_about_in_every_form(tmp_path: Path, rooms: ScoringRooms) -> None:
    labelled = folder(tmp_path)
    scores, told = await scored(labelled, rooms)
    assert told == len(labelled.items) == 3
    assert not scores.failures
    assert [(one.path, one.form) for one in scores.items] == [
        (item.name, form) for item in labelled.items for form in BOTH
    ]
    for one in scores.items:
        assert one.score.value is not None
        assert (one.score.value > 0.5) is (one.label is Truth.FAKE)
        assert one.set == tmp_path.name
        assert len(one.sha256) == 64
    assert {one.form: one.score.kind for one in scores.items} == {
        AnswerForm.THINK_FIRST: ScoreKind.LABEL_LOGPROBS,
        AnswerForm.VERDICT_FIRST: ScoreKind.VERDICT_FIRST,
    }
    groups = {one.path: one.group for one in scores.items}
    assert groups["fake/Sora/clip.mp4"] == "Sora"


async def test_items_that_fail_are_counted_and_stop_no_other(
    tmp_path: Path, rooms: ScoringRooms
) -> None:
    folder(tmp_path)
    (tmp_path / "fake" / "notes.txt").write_text("no picture", encoding="utf-8")
    (tmp_path / "fake" / "empty.png").touch()
    (tmp_path / "fake" / "huge.png").write_bytes(bytes(MAX_BYTES + 1))
    (tmp_path / "fake" / "half.png").write_bytes(image_file(0.9)[:500])
    labelled = read_labelled(tmp_path)
    missing = LabelledItem(tmp_path / "gone.png", "gone.png", Truth.REAL)
    nameless = LabelledItem(tmp_path / "\0", "\0", Truth.REAL)
    labelled = LabelledSet("all", (missing, nameless, *labelled.items))
    scores, told = await scored(labelled, rooms, (AnswerForm.THINK_FIRST,))
    assert told == 9
    assert len(scores.items) == 3
    assert scores.failures == {
        Reason.MEDIA_NOT_FOUND: 2,
        Reason.MEDIA_UNSUPPORTED: 1,
        Reason.MEDIA_EMPTY: 1,
        Reason.MEDIA_TOO_LARGE: 1,
        Reason.MEDIA_UNDECODABLE: 1,
    }


async def test_transient_failures_are_tried_again(
    tmp_path: Path, rooms: ScoringRooms, detector: FakeDetector
) -> None:
    labelled = folder(tmp_path)
    transient = Transient(Reason.ENGINE_FAILED, "a hiccup")
    detector.fail_next = [transient]
    scores, _ = await scored(labelled, rooms, (AnswerForm.THINK_FIRST,))
    assert len(scores.items) == 3
    detector.fail_next = [transient] * 6
    scores, _ = await scored(labelled, rooms, (AnswerForm.THINK_FIRST,))
    assert scores.failures == {Reason.ENGINE_FAILED: 3}
    detector.fail_next = [Poison(Reason.ENGINE_REJECTED, "never")]
    scores, _ = await scored(labelled, rooms, (AnswerForm.THINK_FIRST,))
    assert scores.failures == {Reason.ENGINE_REJECTED: 1}


async def test_a_dead_engine_ends_it(
    tmp_path: Path, rooms: ScoringRooms, detector: FakeDetector
) -> None:
    labelled = folder(tmp_path)
    detector.kill()
    with pytest.raises(Systemic):
        await scored(labelled, rooms)
    assert rooms.memory.used == 0
