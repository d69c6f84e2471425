"""A decode pool as in production, with tight limits, that is asked one hostile file after another.

Text is not looked for: that sees the resized pixels only, never the file.
"""

from __future__ import annotations

import os
import time
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

from tests.hostile.case import ANSWERED, Case
from tests.hostile.peak import Peak
from tests.hostile.result import Result
from tests.support.media import image_file
from worker.decode.config import DecodeConfig
from worker.decode.pool import DecodePool
from worker.decode.protocol import ImageLimits, MediaLimits, VideoLimits
from worker.domain.failure import Failure, Reason
from worker.domain.media import Content
from worker.domain.recipe import DecodeRecipe
from worker.models.spec import load_spec
from worker.process.shared_memory import map_pixels

CONFIG = DecodeConfig(
    processes=1,
    memory_bytes=768 * 1024**2,
    text=False,
    limits=MediaLimits(
        image=ImageLimits(max_pixels=30_000_000, max_decoded_frames=500, max_duration_s=600),
        video=VideoLimits(max_pixels=30_000_000, max_decoded_frames=500, max_duration_s=600),
    ),
)


class Lab:
    """To be used in an ``async with``."""

    def __init__(self) -> None:
        self._pool = DecodePool(CONFIG)
        self._recipe: DecodeRecipe = load_spec("tiny").recipe
        self._healthy = Content.of(image_file(0.5))
        self._expected = np.zeros(0, np.uint8)

    async def __aenter__(self) -> Self:
        await self._pool.start()
        # Twice: the first picture warms up what is loaded lazily.
        await self._look()
        self._expected = await self._look()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._pool.close()

    async def run(self, case: Case) -> Result:
        """Ask for one file, and then for a healthy picture."""
        content = Content.of(case.make(), case.mime)
        pid = self._pool.processes[0].child.pid
        with Peak(os.getpid()) as ours, Peak(pid) as theirs:
            begun = time.monotonic()
            outcome, detail = await self._outcome(content)
            took_s = time.monotonic() - begun
        return Result(
            case=case,
            outcome=outcome,
            detail=detail,
            nbytes=len(content.data),
            ms=1000 * took_s,
            cpu_ms=theirs.cpu_ms,
            child_mib=theirs.grown_mib,
            parent_mib=ours.grown_mib,
            survived=outcome not in {Reason.DECODER_FAILED, Reason.DECODER_TIMEOUT},
            healthy=np.array_equal(await self._look(), self._expected),
        )

    async def _outcome(self, content: Content) -> tuple[str, str]:
        try:
            with await self._pool.decode(content, self._recipe) as media:
                shape = (media.frames, media.height, media.width, 3)
                return ANSWERED, " x ".join(map(str, np.array(map_pixels(media.fd, shape)).shape))
        except Failure as failure:
            return failure.reason.value, failure.detail

    async def _look(self) -> npt.NDArray[np.uint8]:
        """The healthy picture's pixels. Raises where they do not come."""
        with await self._pool.decode(self._healthy, self._recipe) as media:
            return np.array(map_pixels(media.fd, (media.frames, media.height, media.width, 3)))
