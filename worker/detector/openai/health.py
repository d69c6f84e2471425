"""Whether the server can be asked now, and whether it is worth waiting for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import structlog

from worker.domain.failure import Failure, Reason, Systemic

log = structlog.get_logger(__name__)

T = TypeVar("T")

LOOK_AGAIN_S = 1.0
"""Seconds between two looks while the server is down: calls wait for it to come back."""


class Health:
    """Looks at a server for as long as it lives.

    A server that restarts is waited for: calls are held back meanwhile, so that no event uses up
    its tries on a server that is not there. One that stays away is dead.
    """

    def __init__(
        self, look: Callable[[], Awaitable[object]], *, interval_s: float, dead_after_s: float
    ) -> None:
        self._look = look
        self._interval_s = interval_s
        self._dead_after_s = dead_after_s
        self._up = asyncio.Event()
        self._up.set()
        self._doubted = asyncio.Event()
        self._dead = asyncio.Event()
        self._detail = ""

    @property
    def up(self) -> bool:
        """Whether calls may go to it now, as far as is known."""
        return self._up.is_set()

    async def watch(self) -> None:
        """Look until the server is dead."""
        bad_since: float | None = None
        while True:
            await self._pause()
            try:
                await self._look()
            except Failure as failure:
                now = time.monotonic()
                if bad_since is None:
                    bad_since = now
                    log.warning("server_away", why=failure.detail)
                self._up.clear()
                if now - bad_since >= self._dead_after_s:
                    self._detail = failure.detail
                    self._dead.set()
                    log.warning("server_dead", why=failure.detail)
                    return
            else:
                if bad_since is not None:
                    log.info("server_back", after_s=round(time.monotonic() - bad_since, 1))
                bad_since = None
                self._up.set()

    async def _pause(self) -> None:
        seconds = self._interval_s if self._up.is_set() else min(LOOK_AGAIN_S, self._interval_s)
        try:
            async with asyncio.timeout(seconds):
                await self._doubted.wait()
        except TimeoutError:
            return
        self._doubted.clear()

    def doubt(self) -> None:
        """A call met nobody: look at once, and hold back other calls until that is done."""
        if self._up.is_set():
            self._up.clear()
            self._doubted.set()

    async def passable(self) -> None:
        """Return while the server can be asked. Raises ``Systemic`` once it is dead."""
        await self.or_dead(self._up.wait())

    async def or_dead(self, work: Coroutine[Any, Any, T]) -> T:
        """What ``work`` comes to. Raises ``Systemic`` if the server is dead before that."""
        working, dying = asyncio.create_task(work), asyncio.create_task(self._dead.wait())
        try:
            await asyncio.wait({working, dying}, return_when=asyncio.FIRST_COMPLETED)
            if self._dead.is_set():
                raise Systemic(
                    Reason.ENGINE_DEAD,
                    f"the server was away for {self._dead_after_s:g} s (remote.dead_after_s):"
                    f" {self._detail}",
                )
            return working.result()
        finally:
            working.cancel()
            dying.cancel()
            await asyncio.gather(working, dying, return_exceptions=True)

    async def wait_dead(self) -> None:
        """Return once the server is dead."""
        await self._dead.wait()
