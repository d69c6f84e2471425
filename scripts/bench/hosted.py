"""A worker with a simulated engine, in a process of its own: what runs in that process.

    python -m scripts.bench.hosted SETTINGS ENGINE

Both are JSON. It reads one command a line, answers each with a line, and ends with its input. The
parts stay up from one membership of a group to the next: what starts slowly starts once.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from typing import Any

from scripts.bench.engine import Engine, SimulatedDetector
from scripts.bench.whole import Carrier, Carrying, instant_pipeline
from worker.models.spec import load_spec
from worker.process.descriptors import allow_descriptors
from worker.process.heap import steady_heap
from worker.settings.settings import Settings
from worker.stream.kafka.config import KafkaConfig
from worker.stream.witness import StreamWitness
from worker.telemetry.logs import LogFormat, configure_logs

LOOK_EVERY_S = 0.05
"""At the commit gap: the largest is told."""


class Host:
    """Obeys."""

    def __init__(self, carrier: Carrier, witness: StreamWitness) -> None:
        self._carrier = carrier
        self._witness = witness
        self._carrying: Carrying | None = None
        self._watching: asyncio.Task[None] | None = None
        self._gap = 0

    async def obey(self, told: dict[str, Any]) -> dict[str, Any]:
        """Do one thing, and say what is asked for."""
        if told["do"] == "join":
            await self._join(KafkaConfig.model_validate(told["kafka"]))
            return {}
        assert self._carrying is not None, "join comes first"
        if told["do"] == "leave":
            await self.leave()
            return {}
        await self._carrying.check()
        return {
            "at": time.perf_counter(),
            "settled": self._carrying.settled,
            "partitions": len(self._carrying.source.partitions),
            "gap": self._gap,
        }

    async def _join(self, config: KafkaConfig) -> None:
        self._gap = 0
        self._carrying = Carrying(self._carrier, config, self._witness)
        await self._carrying.start()
        self._watching = asyncio.create_task(self._watch(self._carrying))

    async def _watch(self, carrying: Carrying) -> None:
        while True:
            gaps = (one.gap for one in carrying.source.progress().values())
            self._gap = max(self._gap, max(gaps, default=0))
            await asyncio.sleep(LOOK_EVERY_S)

    async def leave(self) -> None:
        """Drain and leave the group, if in one."""
        if self._watching is not None:
            self._watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watching
        if self._carrying is not None:
            await self._carrying.end()
        self._carrying = self._watching = None


async def _serve(settings: Settings, engine: Engine) -> None:
    detector = SimulatedDetector(load_spec(settings.model.spec), engine)
    async with instant_pipeline(settings, detector) as (pipeline, metrics):
        host = Host(pipeline, metrics.stream)
        print("{}", flush=True)  # up
        while line := await asyncio.to_thread(sys.stdin.readline):
            print(json.dumps(await host.obey(json.loads(line))), flush=True)
        await host.leave()


if __name__ == "__main__":
    allow_descriptors()
    steady_heap()
    configure_logs("warning", LogFormat.CONSOLE)
    asyncio.run(
        _serve(Settings.model_validate_json(sys.argv[1]), Engine(**json.loads(sys.argv[2])))
    )
