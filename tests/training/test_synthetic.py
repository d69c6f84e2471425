from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from worker.drawn.artifacts import ARTIFACTS, CLEAN, Artifact, explanation
from worker.drawn.scenes import SHAPES, scene
from worker.drawn.sets import REAL, Wanted, make_set
from worker.findings.reader import read_findings
from worker.labelled.items import Truth
from worker.labelled.reader import read_labelled
from worker.models.spec import load_spec
from worker.training.media import look


@pytest.mark.parametrize("artifact", ARTIFACTS, ids=lambda one: one.name)
def test_the_worker_finds_the_artifact_that_is_told_of(artifact: Artifact) -> None:
    found = [one.dimension for one in read_findings(explanation(artifact))]
    assert found == [artifact.dimension]


def test_nothing_is_found_in_a_clean_ones_words() -> None:
    assert read_findings(CLEAN) == []


@pytest.mark.parametrize("artifact", ARTIFACTS, ids=lambda one: one.name)
def test_an_artifact_changes_what_it_is_drawn_into(artifact: Artifact) -> None:
    rng = np.random.default_rng(1)
    frames, _ = scene(rng, 112, 112, 48)
    before = frames.copy()
    artifact.draw(rng, frames)
    changed = float((np.abs(frames.astype(int) - before) > 8).mean())
    assert 0.02 < changed < 0.95


def test_the_set_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    sums = []
    for name in ("a", "b"):
        make_set(tmp_path / name, (Wanted("train", 4, 2),), seed=5)
        files = sorted(file for file in (tmp_path / name).rglob("*") if file.is_file())
        sums.append([hashlib.sha256(file.read_bytes()).hexdigest() for file in files])
    assert sums[0] == sums[1]


def test_the_model_sees_what_was_drawn_whatever_a_file_s_size(drawn: Path, begun: Path) -> None:
    items = read_labelled(drawn).items
    assert Counter(item.label for item in items) == {Truth.REAL: 17, Truth.FAKE: 17}
    assert {item.group for item in items} == {REAL, *(one.name for one in ARTIFACTS)}
    recipe = load_spec(str(begun)).recipe
    shapes = {look(item.path, recipe).frames.shape[1:3] for item in items}
    assert shapes == {(height, width) for width, height in SHAPES}
