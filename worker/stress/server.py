"""Media for workers to fetch, from a process of its own: it takes no time from the schedule."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
from contextlib import suppress
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Self
from urllib.parse import quote

from aiohttp import web

from worker.domain.failure import Reason, Systemic
from worker.stress.supply import Item, NoSuchItem, Supply

START_TIMEOUT_S = 60.0
"""For a new interpreter to import what it needs, on a busy machine."""

END_TIMEOUT_S = 5.0


class MediaServer:
    """Serves a supply's contents over HTTP, and nothing else. A context manager."""

    def __init__(self, supply: Supply, host: str, port: int) -> None:
        self._supply = supply
        self._host = host
        self._port = port
        self._context = multiprocessing.get_context("spawn")
        self._ours, self._theirs = self._context.Pipe()
        self._process = self._context.Process(
            target=_serve, args=(supply, host, port, self._theirs), name="stress-media", daemon=True
        )

    def __enter__(self) -> Self:
        """Return once it listens. Raises ``Systemic`` where it may not."""
        self._process.start()
        # Ours alone is left: when this process ends, however it does, the other one reads the end.
        self._theirs.close()
        said = "its process does not start"
        with suppress(EOFError):
            if self._ours.poll(START_TIMEOUT_S):
                said = self._ours.recv()
        if said != LISTENS:
            self._end()
            raise Systemic(
                Reason.INTERNAL, f"--serve {self._host}:{self._port}: media are not served: {said}"
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def _end(self) -> None:
        self._ours.close()
        self._process.join(END_TIMEOUT_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join(END_TIMEOUT_S)


LISTENS = ""
"""What the process says when nothing is wrong."""


def _serve(supply: Supply, host: str, port: int, parent: Connection) -> None:
    # Ctrl-C is for the one that sends; this one ends with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(_listen(supply, host, port, parent))


async def _listen(supply: Supply, host: str, port: int, parent: Connection) -> None:
    async def answer(request: web.Request) -> web.Response:
        item = Item(request.match_info["name"], "file")
        try:
            body = await asyncio.to_thread(supply.read, item)
        except (NoSuchItem, OSError) as error:
            raise web.HTTPNotFound from error
        return web.Response(body=body, content_type="application/octet-stream")

    app = web.Application()
    app.router.add_get("/{run}/{name:.+}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            parent.send(error.strerror or type(error).__name__)
            return
        parent.send(LISTENS)
        ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(parent.fileno(), ended.set)
        await ended.wait()
    finally:
        await runner.cleanup()


def url_of(host: str, port: int) -> str:
    """Where an address is called."""
    return f"http://{f'[{host}]' if ':' in host else quote(host)}:{port}"


def prefix_of(base: str, run: str) -> str:
    """The prefix of a run's media: another one for each, for a proxy's cache on the way."""
    return f"{base.rstrip('/')}/{run}"
