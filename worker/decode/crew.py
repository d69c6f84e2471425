"""The decode processes that there are: as many as are needed, fresh ones in place of worn ones."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from worker.decode.decode_process import DecodeProcess
from worker.decode.loss import Loss
from worker.decode.sizing import Sizing
from worker.domain.clock import Clock
from worker.domain.failure import Failure, Poison, Reason, Transient

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 0.25
"""Between two looks at how many there should be."""

TRY_AGAIN_AFTER_S = 30.0
"""After a process that did not start. Files that have none to wait for try at once."""

CANNOT_START = "no decode process can be started now"


class Crew:
    """Lends one process to each file, and starts others beside them, never in their way."""

    def __init__(
        self,
        begin: Callable[[], Awaitable[DecodeProcess]],
        sizing: Sizing,
        clock: Clock,
        engine_has_room: Callable[[], bool],
        lost: Callable[[Loss], None] = lambda _: None,
    ) -> None:
        self._begin = begin
        self._sizing = sizing
        self._clock = clock
        self._engine_has_room = engine_has_room
        self._lost = lost
        self.idle: list[DecodeProcess] = []
        self.busy: set[DecodeProcess] = set()
        self._starting: set[asyncio.Task[None]] = set()
        self._waiting: deque[asyncio.Future[DecodeProcess]] = deque()
        self._tending: asyncio.Task[None] | None = None
        self._wanted = sizing.least
        self._leaving: dict[DecodeProcess, bool] = {}
        """Worn ones, and whether the fresh one is there."""
        self._failed_at: float | None = None
        self._closed = False

    @property
    def size(self) -> int:
        """How many there are, those among them that are on their way.

        One that is about to be replaced and the one in its place count as one.
        """
        return len(self.idle) + len(self.busy) + len(self._starting) - len(self._leaving)

    @property
    def waiting(self) -> int:
        """Files that wait for one."""
        return sum(not one.done() for one in self._waiting)

    async def start(self) -> None:
        """Start as many as there are at least. Raises what ``begin`` raises."""

        async def bring_up() -> None:
            self.idle.append(await self._begin())  # close() ends it, whatever becomes of the others

        starting = (bring_up() for _ in range(self._sizing.least))
        for failed in await asyncio.gather(*starting, return_exceptions=True):
            if failed is not None:
                raise failed
        self._tending = asyncio.create_task(self._tend())

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[DecodeProcess]:
        """A process for one file; one that was cut short is ended, a worn one replaced.

        Raises ``Transient`` where none can be started, and what ``begin`` raises.
        """
        process = await self._next()
        self.busy.add(process)
        process.at_work = False
        sound = False
        try:
            yield process
            sound = True
        except Poison:
            # An honest refusal; a process that lied is given up with a Transient.
            sound = True
            raise
        finally:
            if sound and process.alive:
                await self._take_back(process)
            else:
                if not process.blamed:
                    self._lost(Loss.CUT_SHORT)
                self.busy.discard(process)
                self._leaving.pop(process, None)
                await asyncio.shield(process.child.end(grace_s=0))
                self._fill()

    async def _next(self) -> DecodeProcess:
        while self.idle:
            process = self.idle.pop()
            if process.alive:
                return process
            self._lost(Loss.DIED_IDLE)
            self._leaving.pop(process, None)
            await process.child.kill()
        if self._closed:
            raise Transient(Reason.DECODER_FAILED, CANNOT_START)
        turn: asyncio.Future[DecodeProcess] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._fill()
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._give(turn.result())  # it came just then
            raise

    async def _take_back(self, process: DecodeProcess) -> None:
        """A worn one goes once a fresh one is there: until then it is better than none."""
        if self._leaving.get(process):
            self.busy.discard(process)
            await asyncio.shield(self._dismiss(process, Loss.WORN))
            return
        if process.worn and process not in self._leaving and not self._closed:
            self._leaving[process] = False
            self._start_one(process)
        self._give(process)

    async def _dismiss(self, process: DecodeProcess, why: Loss) -> None:
        self._lost(why)
        self._leaving.pop(process, None)
        await process.child.end(grace_s=0)

    def _give(self, process: DecodeProcess) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                # Lent from now on, not only once the file's task comes to run.
                self.busy.add(process)
                turn.set_result(process)
                return
        self.busy.discard(process)
        self.idle.append(process)

    def _fill(self) -> None:
        """Start what is missing, one at least while a file waits."""
        while not self._closed and self.size < max(self._wanted, 1 if self.waiting else 0):
            self._start_one()

    def _start_one(self, worn: DecodeProcess | None = None) -> None:
        task = asyncio.create_task(self._started(worn))
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    async def _started(self, worn: DecodeProcess | None) -> None:
        try:
            process = await self._begin()
        except (Failure, OSError) as error:
            if worn is not None:
                self._leaving.pop(worn, None)
            self._failed(error)
            return
        if worn in self.idle:
            self.idle.remove(worn)
            self._give(process)
            await self._dismiss(worn, Loss.WORN)
        else:
            if worn in self._leaving:
                self._leaving[worn] = True
            self._give(process)

    def _failed(self, error: Failure | OSError) -> None:
        """Those that wait for a process are told, unless there is another to wait for."""
        failure = error
        if isinstance(error, OSError):
            failure = Transient(Reason.DECODER_FAILED, CANNOT_START)
            failure.__cause__ = error
        self._failed_at = self._clock.monotonic()
        self._lost(Loss.NOT_STARTED)
        log.warning("decode_process_not_started", reason=str(failure))
        if self.busy or self.idle:
            return
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_exception(failure)

    async def _tend(self) -> None:
        """Look again and again at how many there should be."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            now = self._clock.monotonic()
            if self._failed_at is not None and now - self._failed_at < TRY_AGAIN_AFTER_S:
                continue
            self._wanted = self._sizing.wanted(
                now,
                processes=self.size,
                starting=len(self._starting),
                busy=len(self.busy),
                waiting=self.waiting,
                engine_has_room=self._engine_has_room(),
            )
            if self._wanted != self.size:
                log.info("decode_processes", count=self._wanted, before=self.size)
            self._fill()
            if self._wanted < self.size and self.idle:
                await self._dismiss(self.idle.pop(0), Loss.NOT_NEEDED)

    async def close(self) -> None:
        """End all of them. Those that wait are cancelled."""
        self._closed = True
        tasks = [task for task in (self._tending, *self._starting) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for turn in self._waiting:
            turn.cancel()
        processes = [*self.busy, *self.idle]
        self.idle.clear()
        await asyncio.gather(*(process.child.end(grace_s=0) for process in processes))
