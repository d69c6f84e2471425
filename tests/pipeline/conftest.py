"""A worker on twins."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.pipeline.world import World


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    yield world
    await world.web.close()
