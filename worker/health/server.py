"""Health over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web
from prometheus_client import REGISTRY
from prometheus_client.exposition import choose_encoder

from worker.health.config import HealthConfig
from worker.health.debug import Debug
from worker.health.doorkeeper import MAX_CONNECTIONS, MAX_SECONDS, Doorkeeper
from worker.health.page import policy, render_status
from worker.health.protocol import Vitals
from worker.health.versions import installed

MAX_BODY = 4096
"""Bytes of a request's body; the longest that is of use has thirty."""

PLAIN_POLICY = "default-src 'none'; frame-ancestors 'none'"


class HealthServer:
    """``/livez``, ``/readyz``, ``/startupz``, ``/metrics``, ``/version``, ``/debug/``, a page."""

    def __init__(
        self, vitals: Vitals, config: HealthConfig, *, max_seconds: float = MAX_SECONDS
    ) -> None:
        self._vitals = vitals
        self._config = config
        self._max_seconds = max_seconds
        self._runner: web.AppRunner | None = None
        self._listening: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen. Raises ``OSError`` if the port is taken."""
        app = web.Application(client_max_size=MAX_BODY, middlewares=[_one_request])
        app.on_response_prepare.append(_harden)
        app.add_routes(
            [
                web.get("/livez", self._livez),
                web.get("/readyz", self._readyz),
                web.get("/startupz", self._startupz),
                web.get("/metrics", self._metrics),
                web.get("/version", self._version),
                web.get("/", self._page),
                *Debug(self._config.token).routes(),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        assert self._runner.server is not None
        doorkeeper = Doorkeeper(self._runner.server, seconds=self._max_seconds)
        self._listening = await asyncio.get_running_loop().create_server(
            doorkeeper.admit, self._config.host, self._config.port, backlog=MAX_CONNECTIONS
        )

    @property
    def port(self) -> int:
        """The port listened on, also where 0 asked for any."""
        assert self._listening is not None, "start() comes first"
        port: int = self._listening.sockets[0].getsockname()[1]
        return port

    async def close(self) -> None:
        """Stop listening, and end what is connected."""
        if self._listening is not None:
            self._listening.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _livez(self, _: web.Request) -> web.Response:
        return _state(self._vitals.alive())

    async def _readyz(self, _: web.Request) -> web.Response:
        return _state(self._vitals.ready())

    async def _startupz(self, _: web.Request) -> web.Response:
        return _state(self._vitals.started())

    async def _metrics(self, request: web.Request) -> web.Response:
        """In the text format that the scraper asks for; in the loop, where what is read lives."""
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        response = web.Response(body=encode(REGISTRY), headers={"Content-Type": content_type})
        response.enable_compression()
        return response

    async def _version(self, _: web.Request) -> web.Response:
        return web.json_response({**self._vitals.build(), "versions": installed()})

    async def _page(self, _: web.Request) -> web.Response:
        return web.Response(
            # Half a surrogate is not a character, and has no place in UTF-8.
            body=render_status(self._vitals.status()).encode(errors="replace"),
            content_type="text/html",
            charset="utf-8",
            headers={"Content-Security-Policy": policy()},
        )


def _state(trouble: str | None) -> web.Response:
    if trouble is None:
        return web.Response(text="ok\n")
    return web.Response(status=503, text=f"{trouble}\n")


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def _one_request(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A connection carries one request, so that its time can be bounded as a whole."""
    try:
        response = await handler(request)
    except web.HTTPException as error:
        error.force_close()
        raise
    response.force_close()
    return response


async def _harden(_: web.Request, response: web.StreamResponse) -> None:
    response.headers["Server"] = "ivy-worker"
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.setdefault("Content-Security-Policy", PLAIN_POLICY)
