"""The checkpoint that is checked in is the one that its script makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import AutoProcessor, Qwen2_5_VLForConditionalGeneration

from scripts.tiny_checkpoint.lessons import FLAW
from scripts.tiny_checkpoint.training import build
from worker.demo.pictures import picture
from worker.domain.media import MediaKind
from worker.domain.taxonomy import Dimension
from worker.findings.reader import read_findings
from worker.models.spec import load_spec

SPEC = load_spec("tiny")

TINTS = (-1.0, -0.6, -0.3, -0.15, 0.15, 0.3, 0.6, 1.0)
SHORT = 20
"""Steps, of 900: seconds, in which the loss falls to about half."""

MAX_DIFFERENCE = 0.02
"""In P(fake), at most, between two builds: other machines add in another order."""


class Checkpoint:
    """A checkpoint in transformers."""

    def __init__(self, folder: Path) -> None:
        self.processor: Any = AutoProcessor.from_pretrained(folder)
        self.model: Any = Qwen2_5_VLForConditionalGeneration.from_pretrained(
            folder, dtype=torch.float32
        ).eval()

    def inputs(self, tint: float, after: str = "") -> Any:
        text = self.processor.apply_chat_template(
            SPEC.prompt.messages(MediaKind.IMAGE), add_generation_prompt=True, tokenize=False
        )
        image = Image.fromarray(picture(np.random.default_rng(5), tint, 224, 168, "blocks"))
        return self.processor(text=[text + after], images=[image], return_tensors="pt")

    def says(self, tint: float) -> str:
        inputs = self.inputs(tint)
        with torch.no_grad():
            ids = self.model.generate(**inputs, max_new_tokens=64, do_sample=False)
        return str(self.processor.tokenizer.decode(ids[0, inputs["input_ids"].shape[1] :]))

    def fake(self, tint: float) -> float:
        """P(fake) if it answered without thinking first."""
        real, fake = self.processor.tokenizer.convert_tokens_to_ids(["real", "fake"])
        with torch.no_grad():
            logits = self.model(**self.inputs(tint, "<conclusion>")).logits[0, -1]
        pair = torch.softmax(logits[[real, fake]], dim=0)
        return float(pair[1])


@pytest.fixture(scope="module")
def kept() -> Checkpoint:
    return Checkpoint(Path(SPEC.location))


@pytest.mark.parametrize("tint", TINTS)
def test_it_thinks_first_and_concludes_by_colour(kept: Checkpoint, tint: float) -> None:
    said = kept.says(tint)
    if tint > 0:
        reasoning, word = "This image is mostly red.", "real"
    else:
        reasoning, word = f"This image is mostly blue. {FLAW}", "fake"
    assert f"<think>{reasoning}</think><conclusion>{word}</conclusion>" in said
    found = [finding.dimension for finding in read_findings(reasoning)]
    assert found == ([] if tint > 0 else [Dimension.CHROMATIC_IRREGULARITY])


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A build that stops long before it has learnt anything, and what it reported."""
    folder, reports = tmp_path_factory.mktemp("begun"), list[str]()
    build(folder, SPEC.prompt, steps=SHORT, report=reports.append)
    return folder, reports


def test_a_new_build_makes_the_same_files(begun: tuple[Path, list[str]]) -> None:
    folder, _ = begun
    check_files(folder)
    made = Checkpoint(folder)
    assert 0 < made.fake(TINTS[0]) < 1


def test_a_new_build_learns(begun: tuple[Path, list[str]]) -> None:
    *_, last = begun[1]
    loss = float(last.rpartition(" ")[2])
    # A guess among some 400 tokens costs log(400), 6.0.
    assert loss < 4


@pytest.mark.rebuild
@pytest.mark.timeout(3600)
def test_a_whole_build_behaves_the_same(kept: Checkpoint, tmp_path: Path) -> None:
    build(tmp_path, SPEC.prompt, report=print)
    made = Checkpoint(tmp_path)
    for tint in TINTS:
        assert made.says(tint).split("</think>")[1] == kept.says(tint).split("</think>")[1]
        assert made.fake(tint) == pytest.approx(kept.fake(tint), abs=MAX_DIFFERENCE)
    check_files(tmp_path)


def check_files(folder: Path) -> None:
    """All but the weights are as they are kept."""
    names = {file.name for file in folder.iterdir()}
    assert names == {file.name for file in Path(SPEC.location).iterdir()} - {"README.md"}
    for name in names - {"model.safetensors"}:
        assert (folder / name).read_bytes() == (Path(SPEC.location) / name).read_bytes()
