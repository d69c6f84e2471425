"""Bodies that come packed although nobody asked for it."""

from __future__ import annotations

import asyncio
import gzip
import random
import time
import zlib
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from tests.fetch.local import failure, fetch, local_config, opened
from tests.fetch.servers import serving, talking
from worker.domain.failure import Failure, Poison, Reason, Transient
from worker.domain.media import Content
from worker.fetch.router import FetchRouter

MAX_BYTES = 16 * 1024**2
DATA = random.Random(1).randbytes(300_000) + bytes(3_000_000)


def raw(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def bomb() -> bytes:
    """64 MiB of zeros, in 65 kB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return b"".join(packer.compress(bytes(1024**2)) for _ in range(64)) + packer.flush()


@pytest.fixture
async def router() -> AsyncIterator[FetchRouter]:
    async with opened(local_config(max_bytes=MAX_BYTES)) as router:
        yield router


async def packed(router: FetchRouter, coding: str, body: bytes) -> Content:
    async def answer(request: web.Request) -> web.StreamResponse:
        assert request.headers["Accept-Encoding"] == "identity"
        return web.Response(body=body, headers={"Content-Encoding": coding})

    async with serving(answer) as port:
        return await fetch(router, f"http://127.0.0.1:{port}/a")


async def refused(router: FetchRouter, coding: str, body: bytes) -> Failure:
    with pytest.raises(Failure) as failed:
        await packed(router, coding, body)
    return failed.value


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(DATA)),
        ("GZip", gzip.compress(DATA, 0)),
        ("x-gzip", gzip.compress(DATA)),
        ("deflate", zlib.compress(DATA)),
        ("deflate", raw(DATA)),
        ("identity", DATA),
    ],
    ids=["gzip", "capitals-and-stored", "x-gzip", "zlib", "raw-deflate", "identity"],
)
async def test_what_was_packed_is_what_comes(router: FetchRouter, coding: str, body: bytes) -> None:
    content = await packed(router, coding, body)
    assert content.sha256 == Content.of(DATA).sha256


@pytest.mark.parametrize(
    ("coding", "body", "kind", "reason"),
    [
        ("br", b"x", Poison, Reason.MEDIA_UNSUPPORTED),
        ("zstd", b"x", Poison, Reason.MEDIA_UNSUPPORTED),
        ("gzip, gzip", gzip.compress(gzip.compress(DATA)), Poison, Reason.MEDIA_UNSUPPORTED),
        ("<script>", b"x", Poison, Reason.MEDIA_UNSUPPORTED),
        ("gzip", DATA, Poison, Reason.MEDIA_UNDECODABLE),
        ("deflate", b"\xff\xff\xff", Poison, Reason.MEDIA_UNDECODABLE),
        ("gzip", gzip.compress(DATA) + b"more", Poison, Reason.MEDIA_UNDECODABLE),
        ("gzip", gzip.compress(DATA)[:-9], Transient, Reason.FETCH_FAILED),
        ("deflate", b"x", Transient, Reason.FETCH_FAILED),
        ("gzip", gzip.compress(b"", mtime=0), Poison, Reason.MEDIA_EMPTY),
    ],
)
async def test_what_cannot_be_unpacked(
    router: FetchRouter, coding: str, body: bytes, kind: type[Failure], reason: Reason
) -> None:
    failed = await refused(router, coding, body)
    assert (type(failed), failed.reason) == (kind, reason)
    assert "<" not in failed.detail


async def test_another_coding_is_refused_by_its_name(router: FetchRouter) -> None:
    assert "br" in (await refused(router, "br", b"x")).detail.split()[-1]


async def test_a_bomb_ends_at_the_limit_and_holds_nobody_up(router: FetchRouter) -> None:
    worst, running = 0.0, True

    async def watch() -> None:
        nonlocal worst
        while running:
            before = time.monotonic()
            await asyncio.sleep(0.001)
            worst = max(worst, time.monotonic() - before)

    watching = asyncio.create_task(watch())
    failed = await refused(router, "gzip", bomb())
    running = False
    await watching
    assert failed.reason is Reason.MEDIA_TOO_LARGE
    assert worst < 0.5


async def test_the_limit_is_for_the_packed_bytes_too() -> None:
    """A gzip with a comment of 500 kB (RFC 1952, 2.3.1) around a byte: small, once unpacked."""
    head = b"\x1f\x8b\x08\x10" + bytes(6) + b"x" * 500_000 + b"\x00"
    body = head + raw(b"a") + zlib.crc32(b"a").to_bytes(4, "little") + (1).to_bytes(4, "little")
    assert gzip.decompress(body) == b"a"
    answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n"
    async with talking([answer, body]) as port:
        url = f"http://127.0.0.1:{port}/a"
        async with opened(local_config(max_bytes=600_000)) as large:
            assert (await fetch(large, url)).data == b"a"
        async with opened(local_config(max_bytes=400_000)) as small:
            assert (await failure(small, url)).reason is Reason.MEDIA_TOO_LARGE
