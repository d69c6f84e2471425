"""The health server: what a supervisor asks of a worker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from worker import __version__


class Vitals(Protocol):
    """What the server can be told."""

    def alive(self) -> str | None:
        """None while the worker makes progress, else what is wrong."""
        ...

    def ready(self) -> str | None:
        """None while the worker takes events, else what it waits for."""
        ...


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen."""

    host: str
    port: int


class HealthServer:
    """``/livez``, ``/readyz``, ``/metrics`` and ``/version`` over HTTP."""

    def __init__(self, vitals: Vitals, address: Address) -> None:
        self._vitals = vitals
        self._address = address
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen. Raises ``OSError`` if the port is taken."""
        app = web.Application()
        app.add_routes(
            [
                web.get("/livez", self._livez),
                web.get("/readyz", self._readyz),
                web.get("/metrics", self._metrics),
                web.get("/version", self._version),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._address.host, self._address.port).start()

    @property
    def port(self) -> int:
        """The port listened on, also where 0 asked for any."""
        assert self._runner is not None, "start() comes first"
        port: int = self._runner.addresses[0][1]
        return port

    async def close(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _livez(self, _: web.Request) -> web.Response:
        return _state(self._vitals.alive())

    async def _readyz(self, _: web.Request) -> web.Response:
        return _state(self._vitals.ready())

    async def _metrics(self, _: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _version(self, _: web.Request) -> web.Response:
        return web.json_response({"version": __version__})


def _state(trouble: str | None) -> web.Response:
    if trouble is None:
        return web.Response(text="ok\n")
    return web.Response(status=503, text=f"{trouble}\n")
