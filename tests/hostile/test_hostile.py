"""Every hostile file, through the real pool: what comes of it, in what time, with what memory.

One process for all: a file that kills it costs the next one its start, and is a fault besides.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.hostile.case import Case
from tests.hostile.lab import Lab
from tests.hostile.registry import CASES


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lab() -> AsyncIterator[Lab]:
    async with Lab() as opened:
        yield opened


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_hostile_file(lab: Lab, case: Case) -> None:
    result = await lab.run(case)
    assert not result.problems, f"{case.name}: {result.detail}"


def test_there_are_as_many_as_promised_each_with_a_name_of_its_own() -> None:
    assert len(CASES) >= 150
    assert len({case.name for case in CASES}) == len(CASES)
