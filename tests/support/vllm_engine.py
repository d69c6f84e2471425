"""A real vLLM with the tiny checkpoint, loaded once for the whole suite."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from worker.detector.vllm.config import EngineConfig
from worker.detector.vllm.detector import VllmDetector
from worker.models.spec import load_spec

SMALL = EngineConfig(
    max_num_seqs=16,
    max_num_batched_tokens=2048,
    block_size=32,
    enforce_eager=True,
    log_level="ERROR",
)
"""What suits two cores without a GPU."""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def vllm_detector() -> AsyncIterator[VllmDetector]:
    """For tests that leave it alive, and run on the session's event loop."""
    detector = VllmDetector(load_spec("tiny"), SMALL)
    await detector.start()
    yield detector
    await detector.close()


@pytest.fixture
def small_engine() -> EngineConfig:
    """Settings for an engine of a test's own."""
    return SMALL
