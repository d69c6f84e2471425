"""How busy engines say they are, asked of real ones."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support.media import image_file
from tests.twins.decoder import InProcessDecoder
from worker.detector.vllm.detector import VllmDetector
from worker.domain.media import Content
from worker.models.spec import load_spec

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.vllm]

SPEC = load_spec("tiny")


BUSY_S = 240
"""For the slowest of them, a server and its client on a machine that does much else."""


@pytest.fixture(
    params=[
        pytest.param(name, marks=pytest.mark.timeout(600))
        for name in ("vllm_detector", "openai_detector")
    ]
)
def detector(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


async def test_an_engine_is_busy_while_it_is_asked_and_idle_after(detector: Any) -> None:
    decoder = InProcessDecoder()
    medias = [
        await decoder.decode(Content.of(image_file(0.5, seed=number)), SPEC.recipe)
        for number in range(24)
    ]
    asking = [asyncio.create_task(detector.generate(media)) for media in medias]
    most = 0.0
    # The engine of this machine is looked at once a second: it is kept busy until one look saw it.
    async with asyncio.timeout(BUSY_S):
        while not most or not all(task.done() for task in asking):
            load = detector.load
            most = max(most, load.batch_fill)
            assert 0 <= load.batch_fill <= 1
            if not most and all(task.done() for task in asking):
                asking += [asyncio.create_task(detector.generate(media)) for media in medias]
            await asyncio.sleep(0.02)
    await asyncio.gather(*asking)
    async with asyncio.timeout(10):
        while detector.load.running or detector.load.waiting:
            await asyncio.sleep(0.05)
    assert detector.load.answers
    if isinstance(detector, VllmDetector):
        assert detector.load.preemptions == 0
        await detector.generate(medias[0])  # once more: its blocks are known
        async with asyncio.timeout(10):
            while not detector.load.prefix_cache_hit_ratio:
                await asyncio.sleep(0.05)
        assert detector.load.prefix_cache_hit_ratio < 1
        assert detector.load.kv_cache_usage == pytest.approx(0, abs=0.2)
    for media in medias:
        media.close()
