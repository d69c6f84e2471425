"""Claims in text: the tables that the patterns were tuned on, and one that they were not."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml

from worker.domain.typography import Claim
from worker.typography.claims import LONGEST, read_claim

HERE = Path(__file__).parent


def table(name: str) -> list[tuple[list[str], Claim]]:
    data = yaml.safe_load((HERE / name).read_text(encoding="utf-8"))
    return [
        ([text] if isinstance(text, str) else text, Claim(claim))
        for claim, texts in data.items()
        for text in texts
    ]


@pytest.mark.parametrize(("lines", "expected"), table("claims.yaml"), ids=str)
def test_what_a_text_states(lines: list[str], expected: Claim) -> None:
    assert read_claim(lines) is expected


def test_on_texts_that_nothing_was_tuned_on() -> None:
    cases = table("claims_holdout.yaml")
    right = sum(read_claim(lines) is expected for lines, expected in cases)
    claimed = [expected for lines, expected in cases if read_claim(lines) is not Claim.NONE]
    assert right / len(cases) >= 0.85
    assert sum(expected is not Claim.NONE for expected in claimed) / len(claimed) >= 0.9


@pytest.mark.parametrize("unit", ["a", "no ", "real ", "this photo is ", "not ", "1", "\n", "非"])
def test_however_long_it_takes_no_time(unit: str) -> None:
    begun = time.perf_counter()
    read_claim([unit * LONGEST] * 8)
    assert time.perf_counter() - begun < 2
