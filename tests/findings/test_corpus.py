"""How well the reader does on reasonings whose artifacts are known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from worker.findings.reader import read_findings

FOLDER = Path(__file__).parent

LEAST = {"corpus": 0.9, "holdout": 0.75}
"""Precision and recall, each. The reader was tuned on the first and not on the second."""


def load(name: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))
    return entries


def found(text: str) -> set[str]:
    return {finding.dimension.value for finding in read_findings(text)}


def test_there_are_enough_texts_of_both_kinds() -> None:
    corpus = load("corpus")
    assert len(corpus) >= 120
    assert 40 <= sum(not entry["artifacts"] for entry in corpus) <= 80


@pytest.mark.parametrize("name", LEAST)
def test_precision_and_recall(name: str) -> None:
    right = wrong = missed = 0
    for entry in load(name):
        expected, said = set(entry["artifacts"]), found(entry["text"])
        right += len(expected & said)
        wrong += len(said - expected)
        missed += len(expected - said)
        if said != expected:
            print(f"{entry['text'].strip()[:120]!r}: +{said - expected} -{expected - said}")
    precision, recall = right / (right + wrong), right / (right + missed)
    print(f"{name}: precision {precision:.3f}, recall {recall:.3f}")
    assert precision >= LEAST[name]
    assert recall >= LEAST[name]
