"""The engine process: owns AsyncLLM, and with it one GPU."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from functools import partial

from worker.detector.verdict_position import NoLabelToken
from worker.detector.vllm.engine import Engine, QuestionRefused
from worker.detector.vllm.messages import (
    Answered,
    Ask,
    Dead,
    EngineMessage,
    Failed,
    Load,
    Loaded,
    ToEngine,
    Unloadable,
)
from worker.models.tensors import WeightsUnusable
from worker.models.weights import find_weights
from worker.process.channel import AsyncChannel, ChannelClosed, DescriptorsCut, Packet
from worker.process.shared_memory import map_pixels

log = logging.getLogger(__name__)

PARENT_CHECK_S = 0.5
HEALTH_CHECK_S = 1.0
"""How soon a death is noticed without any traffic."""
REPORT_EVERY_S = 1.0
"""How old the parent's figures of the engine may be."""


def main() -> None:
    """Load the model that the first message names, and answer until the channel closes."""
    # A terminal's Ctrl-C and an orchestrator's SIGTERM are for the parent, which drains first.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    parent = int(sys.argv[2])
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    status = asyncio.run(_serve(AsyncChannel.from_fd(int(sys.argv[1]))))
    sys.stderr.flush()
    # vLLM has been shut down; its finalizers would complain that the interpreter is going, too.
    os._exit(status)


def _end_with(parent: int) -> None:
    """Kill this process and the engine core when the parent is gone.

    The channel closes then too, but while a model loads nobody reads it.
    """
    while os.getppid() == parent:
        time.sleep(PARENT_CHECK_S)
    os.killpg(os.getpgrp(), signal.SIGKILL)


async def _serve(channel: AsyncChannel) -> int:
    load = Load.model_validate((await channel.receive()).body)
    try:
        weights = find_weights(load.spec)
        for warning in weights.warnings:
            log.warning(warning)  # heard by the parent, line by line
        engine = Engine(load.spec, load.settings, weights, load.traces_endpoint)
    except (WeightsUnusable, NoLabelToken) as error:
        await _say(channel, Unloadable(detail=str(error)))
        return 1
    await _say(channel, Loaded(engine=engine.version, revision=weights.revision))
    try:
        return await EngineServer(engine, channel).serve()
    finally:
        engine.close()


async def _say(channel: AsyncChannel, told: EngineMessage) -> None:
    await channel.send(Packet(told.model_dump(mode="json")))


class EngineServer:
    """Takes questions as they come, and gives answers as they are ready."""

    def __init__(self, engine: Engine, channel: AsyncChannel) -> None:
        self._engine = engine
        self._channel = channel
        self._open: dict[int, asyncio.Task[None]] = {}

    async def serve(self) -> int:
        """The exit status: 0 when the parent closed the channel, 1 when the engine died."""
        taking = asyncio.create_task(self._take())
        watching = asyncio.create_task(self._watch())
        reporting = asyncio.create_task(self._report())
        await asyncio.wait({taking, watching}, return_when=asyncio.FIRST_COMPLETED)
        for task in (*self._open.values(), taking, watching, reporting):
            task.cancel()
        # The report may have met the channel's end before the taking did.
        await asyncio.gather(*self._open.values(), reporting, return_exceptions=True)
        ended = await asyncio.gather(taking, watching, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception):
                raise error
        return 0 if watching.cancelled() else 1

    async def _take(self) -> None:
        while True:
            try:
                packet = await self._channel.receive()
            except ChannelClosed:
                return
            except DescriptorsCut as cut:
                refused = ToEngine.model_validate({"body": cut.body}).body
                if isinstance(refused, Ask):
                    failed = Failed(id=refused.id, permanent=False, detail=str(cut))
                    await _say(self._channel, failed)
                continue
            question = ToEngine.model_validate({"body": packet.body}).body
            if isinstance(question, Ask):
                task = asyncio.create_task(self._answer(question, packet))
                self._open[question.id] = task
                # Not in the task itself: one that is cancelled before it began runs no line.
                task.add_done_callback(partial(self._done, question.id, packet))
            elif (task := self._open.get(question.id)) is not None:  # type: ignore[assignment]
                task.cancel()  # vLLM aborts a request whose caller goes away

    async def _watch(self) -> None:
        from vllm.v1.engine.exceptions import EngineDeadError

        while True:
            await asyncio.sleep(HEALTH_CHECK_S)
            try:
                await self._engine.check()
            except EngineDeadError:
                await _say(self._channel, Dead())
                return

    async def _report(self) -> None:
        told = None
        while True:
            await asyncio.sleep(REPORT_EVERY_S)
            status = self._engine.status
            if status != told:
                told = status
                await _say(self._channel, status)

    async def _answer(self, ask: Ask, packet: Packet) -> None:
        try:
            said: EngineMessage | None = await self._outcome(ask, packet)
        except asyncio.CancelledError:
            return
        if said is not None:
            await _say(self._channel, said)

    def _done(self, number: int, packet: Packet, _: asyncio.Task[None]) -> None:
        packet.close_fds()
        self._open.pop(number, None)

    async def _outcome(self, ask: Ask, packet: Packet) -> Answered | Failed | None:
        from vllm.v1.engine.exceptions import EngineDeadError

        try:
            return await self._engine.ask(ask, map_pixels(packet.fds[0], ask.shape))
        except QuestionRefused as error:
            return Failed(id=ask.id, permanent=True, detail=f"the engine refuses it: {error}")
        except EngineDeadError:
            return None  # told by the watch, for all questions at once
        except Exception as error:  # noqa: BLE001 - what one request raises must not end the rest
            return Failed(
                id=ask.id, permanent=False, detail=f"the engine failed: {type(error).__name__}"
            )


if __name__ == "__main__":
    main()
