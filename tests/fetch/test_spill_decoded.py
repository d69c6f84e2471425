"""A media in a file reaches the decode process as one in memory does."""

from __future__ import annotations

import os
from pathlib import Path

from tests.fetch.local import fetch, local_config, opened
from tests.support.media import video_file
from worker.decode.config import DecodeConfig
from worker.decode.pool import DecodePool
from worker.domain.held_file import HeldFile
from worker.domain.media import Content
from worker.models.spec import load_spec

RECIPE = load_spec("tiny").recipe


async def test_the_same_pixels_from_a_file_and_from_memory(tmp_path: Path) -> None:
    data = video_file(0.9)
    (tmp_path / "a.mp4").write_bytes(data)
    pool = DecodePool(DecodeConfig(processes=1, text=False))
    await pool.start()
    try:
        async with opened(
            local_config(spill_over_bytes=0, spill_folder=tmp_path, file_root=tmp_path)
        ) as router:
            with await fetch(router, (tmp_path / "a.mp4").as_uri()) as content:
                assert isinstance(content.held, HeldFile)
                from_file = await pool.decode(content, RECIPE)
        from_memory = await pool.decode(Content.of(data), RECIPE)
    finally:
        await pool.close()
    with from_file, from_memory:
        assert from_file.facts == from_memory.facts
        nbytes = from_memory.nbytes
        assert os.pread(from_file.fd, nbytes, 0) == os.pread(from_memory.fd, nbytes, 0)
