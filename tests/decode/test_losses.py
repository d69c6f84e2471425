"""Why decode processes went: counted once each."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.support.media import image_file
from worker.decode.config import DecodeConfig
from worker.decode.loss import Loss
from worker.decode.pool import DecodePool
from worker.domain.failure import Transient
from worker.domain.media import Content
from worker.models.spec import load_spec

RECIPE = load_spec("tiny").recipe
GOOD = Content.of(image_file(0.5))


@asynccontextmanager
async def opened(losses: Counter[Loss], **settings: Any) -> AsyncIterator[DecodePool]:
    def lost(loss: Loss) -> None:
        losses[loss] += 1

    pool = DecodePool(DecodeConfig(**{"processes": 1, "text": False, **settings}), lost=lost)
    try:
        await pool.start()
        yield pool
    finally:
        await pool.close()


async def decode(pool: DecodePool, content: Content = GOOD) -> None:
    (await pool.decode(content, RECIPE)).close()


def next_one(pool: DecodePool) -> int:
    """The process that gets the next file."""
    return pool.processes[len(pool.processes) - len(pool.busy) - 1].child.pid


async def test_each_way_to_go_has_its_own_count() -> None:
    losses: Counter[Loss] = Counter()
    # Three from the start: to wait for each fresh one would take most of a minute.
    async with opened(losses, processes=3, min_processes=3, timeout_s=4) as pool:
        os.kill(next_one(pool), signal.SIGSTOP)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await decode(pool)
        assert losses == {Loss.CUT_SHORT: 1}

        os.kill(next_one(pool), signal.SIGSTOP)
        with pytest.raises(Transient):
            await decode(pool)
        assert losses == {Loss.CUT_SHORT: 1, Loss.TIMEOUT: 1}

        content = Content.of(image_file(0.2))
        pid = next_one(pool)  # fresh ones may be there by now
        os.kill(pid, signal.SIGSTOP)
        decoding = asyncio.create_task(decode(pool, content))
        await asyncio.sleep(0.5)  # it has the file, and does nothing
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(Transient):
            await decoding
        assert losses == {Loss.CUT_SHORT: 1, Loss.TIMEOUT: 1, Loss.DIED: 1}
    # The end of the pool is no loss.
    assert sum(losses.values()) == 3
