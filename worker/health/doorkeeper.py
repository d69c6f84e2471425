"""Connections to the health server: few at once, and none for long."""

from __future__ import annotations

import asyncio

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

MAX_CONNECTIONS = 64
"""Probes and scrapers need a few. At one more the eldest is cut off: somebody who holds them all
would else have the probes fail, and a supervisor end the worker."""

MAX_SECONDS = 10.0
"""Of one connection, from its beginning to its last answer: each carries one request."""


class Doorkeeper:
    """Makes a handler for each connection of a server."""

    def __init__(self, server: web.Server, *, seconds: float = MAX_SECONDS) -> None:
        self._server = server
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()

    def admit(self) -> RequestHandler:
        """A protocol factory, as the event loop wants it."""
        inside = self._server.connections  # the eldest first
        for eldest in inside[: max(0, len(inside) + 1 - MAX_CONNECTIONS)]:
            _cut(eldest)
        handler = self._server()
        self._loop.call_later(self._seconds, _cut, handler)
        return handler


def _cut(handler: RequestHandler) -> None:
    if handler.transport is not None:
        handler.transport.abort()
