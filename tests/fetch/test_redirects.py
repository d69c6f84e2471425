"""Redirects are followed hop by hop, and no hop goes where a URL may not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest
from aiohttp import web

from tests.fetch.local import failure, fetch, opened, picture, strict
from tests.fetch.servers import OUTSIDE, Canary, Names, serving
from tests.fetch.urls import DOT, ESCAPED, METADATA, NETWORKS, NUMBER, PORT, SCHEME, USER
from worker.domain.failure import Poison, Reason
from worker.fetch.router import FetchRouter

REDIRECTS: dict[str, tuple[str, str]] = {
    "name": ("http://localhost:PORT/", NETWORKS),
    "name-that-resolves-inside": ("http://inside.evil.test:PORT/", "resolves to"),
    "address": ("http://127.0.0.1:PORT/", NETWORKS),
    "decimal": ("http://2130706433:PORT/", NUMBER),
    "hex": ("http://0x7f.1:PORT/", NUMBER),
    "ipv6": ("http://[::1]:PORT/", NETWORKS),
    "mapped": ("http://[::ffff:127.0.0.1]:PORT/", NETWORKS),
    "same-scheme": ("//127.0.0.1:PORT/", NETWORKS),
    "same-scheme-backslashes": ("\\\\127.0.0.1:PORT/", ESCAPED),
    "user": ("http://outside.test@127.0.0.1:PORT/", USER),
    "metadata": ("http://169.254.169.254/latest/", METADATA),
    "metadata-name": ("http://metadata.google.internal/", METADATA),
    "https": ("https://outside.test:PORT/", "another scheme"),
    "file": ("file:///etc/passwd", "another scheme"),
    "s3": ("s3://bucket/key", "another scheme"),
    "gopher": ("gopher://127.0.0.1:PORT/", SCHEME),
    "data": ("data:image/png;base64,aGk=", SCHEME),
    "port": ("http://outside.test:22/", PORT),
    "trailing-dot": ("http://localhost.:PORT/", DOT),
    "no-url": ("http://[::1", "no URL"),
    "loop": ("/redirect", "one redirect too many"),
    "four-hops": ("/hop/3", "one redirect too many"),
}


async def _outside(request: web.Request) -> web.StreamResponse:
    path = request.path
    if path.startswith("/hop/"):
        left = int(path.removeprefix("/hop/"))
        raise web.HTTPFound(f"/hop/{left - 1}" if left > 1 else "/file")
    if path == "/file":
        return await picture(request)
    return web.Response(status=307, headers={"Location": request.query.get("to", request.path_qs)})


@pytest.fixture
async def outside(bird: Canary) -> AsyncIterator[FetchRouter]:
    """A server that is allowed, and sends people wherever they ask to be sent."""
    names = Names(answers={"outside.test": [[OUTSIDE]]}, otherwise=["127.0.0.1"])
    config = strict(bird, allowed_networks=[f"{OUTSIDE}/32"], file_root="/")
    async with (
        serving(_outside, host=OUTSIDE, port=bird.port),
        opened(config, resolver=names) as router,
    ):
        yield router


@pytest.mark.parametrize(("to", "why"), REDIRECTS.values(), ids=REDIRECTS.keys())
async def test_no_redirect_reaches_the_canary(
    bird: Canary, outside: FetchRouter, to: str, why: str
) -> None:
    there = quote(to.replace("PORT", str(bird.port)), safe="")
    start = f"http://outside.test:{bird.port}/redirect"
    url = start if to == "/redirect" else f"{start}?to={there}"
    refused = await failure(outside, url)
    assert (type(refused), refused.reason) == (Poison, Reason.URL_FORBIDDEN)
    assert why in refused.detail
    assert bird.hits == []


@pytest.mark.parametrize("hops", [1, 2, 3])
async def test_three_redirects_are_followed(bird: Canary, outside: FetchRouter, hops: int) -> None:
    content = await fetch(outside, f"http://outside.test:{bird.port}/hop/{hops}")
    assert content.data == b"picture"
