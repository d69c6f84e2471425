"""All media through a proxy, which then resolves the names."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest

from tests.fetch.local import failure, fetch, local_config, opened, picture
from tests.fetch.servers import Names, serving
from tests.support.ports import free_port
from worker.domain.failure import Poison, Reason, Transient
from worker.fetch.config import FetchConfig

NOBODY = Names()
"""A resolver that knows no name: with a proxy it is not asked."""

USER = "ivy:p%40ss"
AUTHORIZATION = "Basic " + base64.b64encode(b"ivy:p@ss").decode()


@dataclass
class Proxy:
    """A forward proxy that goes to one port of this machine, whatever it is asked for."""

    to: int
    port: int = 0
    asked: list[str] = field(default_factory=list)
    authorized: list[str] = field(default_factory=list)
    status: str = ""

    @asynccontextmanager
    async def up(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield f"127.0.0.1:{self.port}"
        finally:
            server.close()
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *rest = head.splitlines()
            self.asked.append(first)
            self.authorized += [
                line.partition(": ")[2]
                for line in rest
                if line.lower().startswith("proxy-authorization")
            ]
            if self.status:
                writer.write(f"HTTP/1.1 {self.status}\r\nContent-Length: 0\r\n\r\n".encode())
            elif not first.startswith("CONNECT"):
                inner, outer = await asyncio.open_connection("127.0.0.1", self.to)
                outer.write(b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                writer.write(await inner.read())
                outer.close()
            else:
                writer.write(b"HTTP/1.1 403 Forbidden\r\n\r\n")
            await writer.drain()
        writer.close()


def through(address: str, user: str = "") -> FetchConfig:
    proxy = f"http://{user + '@' if user else ''}{address}"
    return FetchConfig.model_validate({"proxy": proxy})


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    async with serving(picture) as port:
        yield Proxy(to=port)


async def test_the_proxy_is_told_the_name_and_who_we_are(proxy: Proxy) -> None:
    async with (
        proxy.up() as address,
        opened(through(address, USER), resolver=NOBODY) as router,
    ):
        content = await fetch(router, "http://media.example/a?signature=1")
    assert content.data == b"picture"
    assert proxy.asked == ["GET http://media.example/a?signature=1 HTTP/1.1"]
    assert proxy.authorized == [AUTHORIZATION]
    assert NOBODY.asked == []


async def test_https_goes_through_a_tunnel_or_not_at_all(proxy: Proxy) -> None:
    async with proxy.up() as address, opened(through(address), resolver=NOBODY) as router:
        failed = await failure(router, "https://media.example/a?signature=secret")
    assert proxy.asked == ["CONNECT media.example:443 HTTP/1.1"]
    assert (type(failed), failed.reason) == (Transient, Reason.FETCH_FAILED)
    assert "secret" not in failed.detail


async def test_a_proxy_that_wants_a_password_is_not_the_events_fault(proxy: Proxy) -> None:
    proxy.status = "407 Proxy Authentication Required"
    async with proxy.up() as address, opened(through(address), resolver=NOBODY) as router:
        assert isinstance(await failure(router, "http://media.example/a"), Transient)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://10.0.0.1/",
        "http://169.254.169.254/",
        "http://localhost/",
        "http://a.localhost/",
        "http://metadata.google.internal/",
        "http://0x7f.1/",
        "http://2130706433/",
        "http://media.example:22/",
    ],
)
async def test_what_can_be_seen_in_a_url_is_checked_all_the_same(proxy: Proxy, url: str) -> None:
    async with proxy.up() as address, opened(through(address), resolver=NOBODY) as router:
        refused = await failure(router, url)
    assert (type(refused), refused.reason) == (Poison, Reason.URL_FORBIDDEN)
    assert proxy.asked == []


async def test_the_environments_proxies_are_not_used(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    async with opened(local_config(), resolver=Names(otherwise=["127.0.0.1"])) as router:
        content = await fetch(router, f"http://media.example:{proxy.to}/a")
    assert content.data == b"picture"


def test_the_proxys_password_is_not_shown() -> None:
    config = through("proxy.example:3128", "ivy:hunter2")
    assert "hunter2" not in repr(config) + config.model_dump_json()


@pytest.mark.parametrize("url", ["socks5://a:b@c", "hunter2", "http://", "http://[::1"])
def test_a_proxy_that_is_none(url: str) -> None:
    with pytest.raises(ValueError, match="not a") as error:
        FetchConfig.model_validate({"proxy": url})
    assert "proxy" in str(error.value)
