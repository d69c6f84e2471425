"""Checkpoints with traps, loaded by transformers, and refused by both engines.

What vLLM makes of those that it can load is in test_vllm.py.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.checkpoints import (
    another_head,
    change_config,
    change_tensors,
    copy_checkpoint,
    newly_named,
    shard,
    spec_of,
)
from tests.support.media import image_file, video_file
from tests.twins.decoder import InProcessDecoder
from worker.detector.protocol import Detector
from worker.detector.reference.detector import ReferenceDetector
from worker.detector.self_test import self_test
from worker.detector.vllm.config import EngineConfig
from worker.detector.vllm.detector import VllmDetector
from worker.domain.failure import Reason, Systemic
from worker.domain.generation import Generation
from worker.domain.media import Content
from worker.models.spec import EngineExtras, ModelSpec, load_spec

MEDIA = (image_file(-0.3, "JPEG", 300, 200), image_file(0.1), video_file(0.9))


def loaded(spec: ModelSpec) -> ReferenceDetector:
    detector = ReferenceDetector(spec)
    asyncio.run(detector.start())
    return detector


def answers(detector: Detector) -> list[Generation]:
    async def ask() -> list[Generation]:
        found = []
        for data in MEDIA:
            with await InProcessDecoder().decode(Content.of(data), detector.recipe) as media:
                found.append(await detector.generate(media))
        return found

    return asyncio.run(ask())


@pytest.fixture(scope="module")
def expected() -> list[Generation]:
    return answers(loaded(load_spec("tiny")))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copy_checkpoint(tmp_path / "weights")


def untied(folder: Path) -> None:
    change_config(folder, {"tie_word_embeddings": None})


def renamed(folder: Path) -> None:
    change_tensors(folder, newly_named)


def template_as_it_once_was(folder: Path) -> None:
    file = folder / "chat_template.jinja"
    (folder / "chat_template.json").write_text(json.dumps({"chat_template": file.read_text()}))
    file.unlink()


def no_settings_for_videos(folder: Path) -> None:
    (folder / "video_preprocessor_config.json").unlink()


@pytest.mark.parametrize(
    "change", [untied, renamed, shard, template_as_it_once_was, no_settings_for_videos]
)
def test_what_can_be_made_up_for_changes_no_answer(
    folder: Path, change: Callable[[Path], object], expected: list[Generation]
) -> None:
    change(folder)
    assert answers(loaded(spec_of(folder))) == expected


def test_a_repair_that_is_switched_off_is_caught_by_the_self_test(folder: Path) -> None:
    untied(folder)
    off = EngineExtras(hf_overrides={"tie_word_embeddings": False})
    spec = spec_of(folder, engine=off)
    with pytest.raises(Systemic, match="fails its self-test"):
        asyncio.run(self_test(loaded(spec), spec))


def test_an_lm_head_that_differs_is_used(folder: Path) -> None:
    change_tensors(folder, another_head)
    spec = spec_of(folder)
    with pytest.raises(Systemic, match="fails its self-test"):
        asyncio.run(self_test(loaded(spec), spec))


@pytest.mark.parametrize("make", [ReferenceDetector, pytest.param(None, marks=pytest.mark.vllm)])
async def test_a_broken_one_is_told_by_its_file_before_anything_loads(
    folder: Path, make: Callable[[ModelSpec], Detector] | None, small_engine: EngineConfig
) -> None:
    shard(folder)[1].unlink()
    spec = spec_of(folder)
    detector = make(spec) if make else VllmDetector(spec, small_engine)
    with pytest.raises(Systemic, match="model-00002-of-00002") as refused:
        await detector.start()
    assert refused.value.reason is Reason.ENGINE_DEAD
    await detector.close()
