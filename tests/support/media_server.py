"""A real HTTP server with files, and with the moods that servers have."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest_asyncio
from aiohttp import web


@dataclass
class MediaServer:
    """Serves what a test puts in ``files``."""

    port: int = 0
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def put(self, name: str, data: bytes) -> str:
        """Serve a file; its URL."""
        self.files[name] = data
        return f"{self.origin}/files/{name}"


async def _file(request: web.Request) -> web.StreamResponse:
    server = request.app[SERVER]
    name = request.match_info["name"]
    server.asked.append(name)
    if name not in server.files:
        raise web.HTTPNotFound
    return web.Response(body=server.files[name], content_type="image/png")


async def _status(request: web.Request) -> web.StreamResponse:
    headers = {}
    if "seconds" in request.query:
        headers["Retry-After"] = request.query["seconds"]
    if "date" in request.query:
        headers["Retry-After"] = format_datetime(datetime.now(UTC) + timedelta(seconds=30))
    return web.Response(status=int(request.match_info["status"]), headers=headers)


async def _slow(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(b"x")
    await asyncio.sleep(60)
    return response


async def _endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()  # without a length
    await response.prepare(request)
    try:
        while True:
            await response.write(b"x" * 65536)
    except (ConnectionResetError, asyncio.CancelledError):
        return response


async def _lying(request: web.Request) -> web.StreamResponse:
    """Announces more than it sends."""
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b"x" * 10)
    assert request.transport is not None
    request.transport.close()
    return response


async def _round(request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound(request.path)


SERVER: web.AppKey[MediaServer] = web.AppKey("server", MediaServer)


@pytest_asyncio.fixture
async def media_server() -> AsyncIterator[MediaServer]:
    """On a free port of this machine."""
    server = MediaServer()
    app = web.Application()
    app[SERVER] = server
    app.add_routes(
        [
            web.get("/files/{name}", _file),
            web.get("/status/{status}", _status),
            web.get("/slow", _slow),
            web.get("/endless", _endless),
            web.get("/lying", _lying),
            web.get("/round", _round),
        ]
    )
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.port = runner.addresses[0][1]
    yield server
    await runner.cleanup()
