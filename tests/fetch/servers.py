"""Servers that a stranger may own, and one that nobody may ever reach."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address

from aiohttp import web

from worker.fetch.addresses import Address

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

OUTSIDE = "127.0.0.2"
"""An address that the tests call public. The canary sits on all others of this machine."""


@dataclass
class Canary:
    """Listens on all addresses of this machine but ``OUTSIDE``, and counts who comes."""

    port: int
    hits: list[str] = field(default_factory=list)


@asynccontextmanager
async def canary() -> AsyncIterator[Canary]:
    """Not a word of HTTP is needed to be noticed: a connection is enough."""
    found: Canary | None = None

    async def hit(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert found is not None
        found.hits.append(str(writer.get_extra_info("sockname")))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecret")
        await writer.drain()
        writer.close()

    sockets = _bound()
    found = Canary(sockets[0].getsockname()[1])
    servers = [await asyncio.start_server(hit, sock=sock) for sock in sockets]
    try:
        yield found
    finally:
        for server in servers:
            server.close()
            await server.wait_closed()


def _bound() -> list[socket.socket]:
    """One port, over IPv4 and over IPv6; it takes some tries where others take ports too."""
    for _ in range(50):
        six = socket.socket(socket.AF_INET6)
        six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        four = socket.socket(socket.AF_INET)
        # With this a server of the test may have ``OUTSIDE`` at the same port.
        four.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            six.bind(("::", 0))
            four.bind(("0.0.0.0", six.getsockname()[1]))
        except OSError:
            six.close()
            four.close()
        else:
            return [six, four]
    raise AssertionError("no port is free over both")


@asynccontextmanager
async def serving(
    handler: Handler, *, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """A server whose every path is answered by ``handler``; its port."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1, auto_decompress=False)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, ssl_context=tls, reuse_port=True).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@asynccontextmanager
async def talking(words: Sequence[bytes], pause_s: float = 0.0) -> AsyncIterator[int]:
    """A server that says these very bytes to everyone, one after another; its port."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            for word in words:
                writer.write(word)
                await writer.drain()
                await asyncio.sleep(pause_s)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


@dataclass
class Names:
    """A name server in a stranger's hands: answers in turn, the last one again and again."""

    answers: dict[str, list[list[str]]] = field(default_factory=dict)
    otherwise: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def resolve(self, host: str, port: int) -> Sequence[Address]:
        self.asked.append(host)
        answers = self.answers.get(host, [self.otherwise])
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        if not found:
            raise OSError("no such name")
        return [ip_address(address) for address in found]

    def close(self) -> None:
        """Nothing to close."""
