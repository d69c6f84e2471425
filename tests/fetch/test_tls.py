"""TLS is checked against the name, although an address is called."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from tests.fetch.authority import Authority
from tests.fetch.local import failure, fetch, local_config, opened
from tests.fetch.servers import Names, serving
from worker.domain.failure import Reason, Transient
from worker.fetch.router import FetchRouter

NAMES = Names(otherwise=["127.0.0.1"])


class Site:
    """An HTTPS server that keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.named: list[str | None] = []

    @asynccontextmanager
    async def up(self, context: ssl.SSLContext) -> AsyncIterator[int]:
        context.sni_callback = lambda _, name, __: self.named.append(name)
        async with serving(self._answer, tls=context) as port:
            yield port

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.headers["Host"])
        return web.Response(body=b"picture")


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    authority = Authority(tmp_path, "trusted")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    return authority


@pytest.fixture
async def router(authority: Authority) -> AsyncIterator[FetchRouter]:
    async with opened(local_config(), resolver=NAMES) as router:
        yield router


async def test_the_name_is_shown_and_checked(authority: Authority, router: FetchRouter) -> None:
    site = Site()
    async with site.up(authority.context("media.test")) as port:
        assert (await fetch(router, f"https://media.test:{port}/a")).data == b"picture"
    assert site.named == ["media.test"]
    assert site.asked == [f"media.test:{port}"]


async def test_a_certificate_for_another_name_is_refused(
    authority: Authority, router: FetchRouter
) -> None:
    site = Site()
    async with site.up(authority.context("other.test")) as port:
        failed = await failure(router, f"https://media.test:{port}/a?signature=secret")
    assert (type(failed), failed.reason) == (Transient, Reason.FETCH_FAILED)
    assert "secret" not in failed.detail
    assert site.asked == [], "a request was sent before the name was checked"


async def test_an_authority_that_nobody_trusts_is_refused(
    router: FetchRouter, tmp_path: Path
) -> None:
    site = Site()
    async with site.up(Authority(tmp_path, "stranger").context("media.test")) as port:
        failed = await failure(router, f"https://media.test:{port}/a")
    assert failed.reason is Reason.FETCH_FAILED
    assert site.asked == []


async def test_an_address_is_no_name_that_a_certificate_has(
    authority: Authority, router: FetchRouter
) -> None:
    site = Site()
    async with site.up(authority.context("media.test")) as port:
        await failure(router, f"https://127.0.0.1:{port}/a")
    assert site.asked == []
