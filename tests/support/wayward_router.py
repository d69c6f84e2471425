"""A router before a real server, which misbehaves where a test says so."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest_asyncio
from aiohttp import web

from tests.support.vllm_server import MODEL, VllmServer
from worker.detector.openai.config import RemoteConfig

Mood = Callable[[web.Request, bytes], Awaitable[web.StreamResponse | None]]
"""What it answers in the server's place; None lets the server answer."""

MAX_BODY = 64 * 1024 * 1024


class WaywardRouter:
    """Passes on what it is asked, unless it is in a mood."""

    def __init__(self, to: str) -> None:
        self.port = 0
        self.mood: Mood | None = None
        self.rewrite: Callable[[bytes], bytes] | None = None
        """Changes a question before the server sees it."""
        self.bodies: list[bytes] = []
        """Of the questions that came, oldest first."""
        self._to = to
        self._scheme = "http"
        self._runner: web.AppRunner | None = None
        self._session: aiohttp.ClientSession | None = None

    def settings(self, **changes: object) -> RemoteConfig:
        """Settings that reach it, for a worker that loses patience soon."""
        values = {
            "base_url": f"{self._scheme}://127.0.0.1:{self.port}/v1",
            "model": MODEL,
            "start_timeout_s": 30.0,
            "health_interval_s": 0.2,
            "dead_after_s": 30.0,
        }
        return RemoteConfig.model_validate(values | changes)

    async def start(self, certificate: Path | None = None) -> None:
        """Listen, behind TLS if there is a certificate; again on the same port after a stop."""
        tls = None
        if certificate is not None:
            self._scheme = "https"
            tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            tls.load_cert_chain(certificate)
        app = web.Application(client_max_size=MAX_BODY)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._session = aiohttp.ClientSession()
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=tls).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Be gone, with every connection."""
        assert self._runner is not None
        assert self._session is not None
        await self._runner.cleanup()
        await self._session.close()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if request.path.endswith("/completions"):
            self.bodies.append(body)
        if self.mood is not None:
            answer = await self.mood(request, body)
            if answer is not None:
                return answer
        if self.rewrite is not None and body:
            body = self.rewrite(body)
        assert self._session is not None
        async with self._session.request(
            request.method,
            f"{self._to}{request.path}",
            data=body,
            headers={"Content-Type": "application/json"},
        ) as reply:
            return web.Response(status=reply.status, body=await reply.read())


def answering(
    status: int, body: str = "", *, to: str = "/completions", headers: dict[str, str] | None = None
) -> Mood:
    """Every question whose path ends like ``to`` gets this answer."""

    async def mood(request: web.Request, _: bytes) -> web.StreamResponse | None:
        if not request.path.endswith(to):
            return None
        return web.Response(status=status, text=body, headers=headers)

    return mood


async def drip(request: web.Request, _: bytes) -> web.StreamResponse | None:
    """An answer that never ends, a byte at a time."""
    if not request.path.endswith("/completions"):
        return None
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.05)


async def flood(request: web.Request, _: bytes) -> web.StreamResponse | None:
    """An answer that never ends, a megabyte at a time."""
    if not request.path.endswith("/completions"):
        return None
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b" " * 1024 * 1024)


async def hang_up(request: web.Request, _: bytes) -> web.StreamResponse | None:
    """A connection that closes in the place of an answer."""
    if not request.path.endswith("/completions"):
        return None
    assert request.transport is not None
    request.transport.close()
    return web.Response()


@pytest_asyncio.fixture(loop_scope="session")
async def wayward_router(vllm_server: VllmServer) -> AsyncIterator[WaywardRouter]:
    """Before the suite's vLLM, on a free port."""
    router = WaywardRouter(vllm_server.origin)
    await router.start()
    yield router
    await router.stop()
