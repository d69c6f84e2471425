"""A run: what it asks, keeps, goes on with and refuses; on the detector's twin."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from tests.evaluation.made import begun, labelled, rooms
from tests.support.media import image_file, video_file
from tests.twins.detector import FakeDetector
from worker.domain.failure import Poison, Reason, Systemic, Transient
from worker.domain.generation import AnswerForm
from worker.evaluation.gallery import picture_of
from worker.evaluation.journal import read_outcomes
from worker.evaluation.manifest import RunInvalid, load_manifest
from worker.evaluation.outcome import Outcome
from worker.evaluation.plan import Plan
from worker.evaluation.run import Run
from worker.evaluation.sessions import load_sessions
from worker.labelled.items import LabelledItem, LabelledSet, Truth
from worker.models.spec import load_spec

BOTH = tuple(AnswerForm)


@pytest.fixture
def detector() -> FakeDetector:
    return FakeDetector(load_spec("tiny"))


@pytest.fixture
def media(tmp_path: Path) -> LabelledSet:
    """Two reds, of which one is said to be fake; a blue clip; and a file that is none."""
    files = {
        "red.png": (image_file(0.9), Truth.REAL),
        "odd.png": (image_file(0.8, seed=1), Truth.FAKE),
        "clip.mp4": (video_file(-0.9), Truth.FAKE),
        "notes.png": (b"no picture", Truth.FAKE),
    }
    items = []
    for name, (data, label) in files.items():
        (tmp_path / name).write_bytes(data)
        items.append(LabelledItem(tmp_path / name, name, label, group="Gen", reasoning="Blue."))
    return labelled(*items)


async def gone(run: Run, plan: Plan, detector: FakeDetector, at_once: int = 2) -> dict[Reason, int]:
    return dict(await run.go(plan, rooms(detector), at_once=at_once, done=lambda _: None))


def kept(folder: Path) -> dict[str, Outcome]:
    return {one.path: one for one in read_outcomes(folder)}


async def test_every_media_gets_its_outcome(
    tmp_path: Path, media: LabelledSet, detector: FakeDetector
) -> None:
    to = tmp_path / "run"
    run, plan = begun(to, media)
    told: list[int] = []
    assert not await run.go(plan, rooms(detector), at_once=3, done=told.append)
    assert told == [1] * 4
    found = kept(to)
    assert {path: one.conclusion for path, one in found.items()} == {
        "red.png": "real",
        "odd.png": "real",
        "clip.mp4": "fake",
        "notes.png": None,
    }
    clip = found["clip.mp4"]
    assert (clip.kind, clip.width, clip.height, clip.duration_s) == ("video", 128, 96, 3.0)
    assert clip.text.startswith("<think>")
    assert clip.gold_reasoning == "Blue."
    assert clip.model == detector.identity
    broken = found["notes.png"]
    assert (broken.failure, broken.answered, broken.kind) == (
        Reason.MEDIA_UNSUPPORTED,
        False,
        None,
    )
    manifest = load_manifest(to)
    assert (manifest.question.set.real, manifest.question.set.fake) == (1, 3)
    assert manifest.recipe == detector.recipe
    # Of the wrong one alone is there a picture.
    pictures = [
        one.path for one in found.values() if one.sha256 and picture_of(to, one.sha256).exists()
    ]
    assert pictures == ["odd.png"]
    assert sum(session.outcomes for session in load_sessions(to)) == 4


async def test_what_has_an_outcome_is_not_asked_again(
    tmp_path: Path, media: LabelledSet, detector: FakeDetector
) -> None:
    to = tmp_path / "run"
    half = replace(media, items=media.items[:2])
    run, plan = begun(to, media)
    cut = Plan(plan.set_name, plan.tasks[:2], 0)
    await gone(run, cut, detector)
    assert detector.asked == 2
    run, plan = begun(to, media)
    assert [task.item.name for task in plan.tasks] == ["clip.mp4", "notes.png"]
    await gone(run, plan, detector)
    assert detector.asked == 3  # the last one is no media
    run, plan = begun(to, media)
    assert not plan.tasks
    assert len(load_sessions(to)) == 2
    with pytest.raises(RunInvalid, match=r"the set some .*, and now it is some .*--to"):
        begun(to, half)
    with pytest.raises(RunInvalid, match="the forms think_first, and now it is think_first, verd"):
        begun(to, media, BOTH)


async def test_both_forms_of_one_media_and_one_that_is_missing(
    tmp_path: Path, media: LabelledSet, detector: FakeDetector
) -> None:
    to = tmp_path / "run"
    run, plan = begun(to, media, BOTH)
    detector.fail_next = [Poison(Reason.ENGINE_REJECTED, "never")]
    await gone(run, plan, detector, at_once=1)
    found = list(read_outcomes(to))
    assert [one.form for one in found] == [*BOTH] * 4
    assert [one.failure for one in found][:2] == [Reason.ENGINE_REJECTED, None]
    assert found[3].text.startswith("<conclusion>")


async def test_another_model_or_prompt_is_refused(
    tmp_path: Path, media: LabelledSet, detector: FakeDetector
) -> None:
    to = tmp_path / "run"
    run, plan = begun(to, media)
    await gone(run, Plan(plan.set_name, plan.tasks[:1], 0), detector)
    spec = load_spec("tiny")
    prompt = spec.prompt.model_copy(update={"system": "You are another one."})
    other = FakeDetector(spec.model_copy(update={"prompt": prompt}))
    run, plan = begun(to, media)
    with pytest.raises(RunInvalid, match=r"the model's prompt_version \w+, and now it is \w+"):
        await gone(run, plan, other)
    assert other.asked == 0
    assert len(kept(to)) == 1


async def test_a_passing_failure_leaves_no_outcome(
    tmp_path: Path, media: LabelledSet, detector: FakeDetector
) -> None:
    to = tmp_path / "run"
    run, plan = begun(to, media)
    detector.fail_next = [Transient(Reason.ENGINE_FAILED, "a hiccup")]
    assert await gone(run, plan, detector, at_once=1) == {Reason.ENGINE_FAILED: 1}
    assert "red.png" not in kept(to)
    run, plan = begun(to, media)
    assert not await gone(run, plan, detector)
    assert len(kept(to)) == 4


async def test_a_dead_engine_and_an_interruption_keep_what_there_is(
    tmp_path: Path, media: LabelledSet, detector: FakeDetector
) -> None:
    to = tmp_path / "run"
    run, plan = begun(to, media)
    detector.fail_next = [Systemic(Reason.ENGINE_DEAD, "killed")]
    with pytest.raises(Systemic):
        await gone(run, Plan(plan.set_name, plan.tasks[::-1], 0), detector, at_once=1)
    assert set(kept(to)) == {"notes.png"}

    run, plan = begun(to, media)
    detector.delay_s = 30.0
    half_way = asyncio.Event()

    async def asked() -> None:
        def done(_: int) -> None:
            detector.delay_s = 30.0
            half_way.set()

        detector.delay_s = 0.0
        await run.go(plan, rooms(detector), at_once=1, done=done)

    task = asyncio.create_task(asked())
    await half_way.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert set(kept(to)) == {"notes.png", "red.png"}


async def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, media: LabelledSet) -> None:
    with pytest.raises(RunInvalid, match="no run, and not empty"):
        begun(tmp_path, media)


async def test_a_variant_is_asked_about_in_its_own_name(
    tmp_path: Path, media: LabelledSet, detector: FakeDetector
) -> None:
    class Blue:
        name = "blue"

        def applies(self, source: Path) -> bool:
            return source.suffix in {".png", ".mp4"}

        def render(self, source: Path, folder: Path) -> Path:
            if source.suffix == ".mp4":
                raise Poison(Reason.MEDIA_UNSUPPORTED, "no picture")
            changed = folder / source.name
            changed.write_bytes(image_file(-0.9))
            return changed

    to = tmp_path / "run"
    run, plan = begun(to, media, variants=(Blue(),))
    await gone(run, plan, detector)
    found = kept(to)
    assert {one.variant for one in found.values()} == {"blue"}
    assert found["red.png"].conclusion == "fake"
    assert found["clip.mp4"].failure is Reason.MEDIA_UNSUPPORTED
