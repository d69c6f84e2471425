from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.fetch.local import failure, local_config, opened
from tests.support.media_server import MediaServer
from tests.support.ports import free_port
from worker.domain.failure import Expired, Failure, Poison, Reason, Transient
from worker.domain.media import Content
from worker.domain.upload import MediaReference
from worker.fetch.router import FetchRouter

MAX_BYTES = 200_000


@pytest.fixture
async def fetcher() -> AsyncIterator[FetchRouter]:
    async with opened(
        local_config(max_bytes=MAX_BYTES, read_timeout_s=0.3, connect_timeout_s=0.3)
    ) as router:
        yield router


async def test_a_file_comes_whole_and_its_size_is_told_early(
    fetcher: FetchRouter, media_server: MediaServer
) -> None:
    data = bytes(range(256)) * 500
    url = media_server.put("a.png", data)
    sizes: list[int] = []
    content = await fetcher.fetch(MediaReference(url=url), sizes.append)
    assert content == Content.of(data, "image/png")
    assert set(sizes) == {len(data)}


@pytest.mark.parametrize(
    ("path", "kind", "reason"),
    [
        ("/files/none.png", Poison, Reason.MEDIA_NOT_FOUND),
        ("/status/410", Poison, Reason.MEDIA_NOT_FOUND),
        ("/status/400", Poison, Reason.MEDIA_NOT_FOUND),
        ("/status/403", Expired, Reason.MEDIA_EXPIRED),
        ("/status/401", Expired, Reason.MEDIA_EXPIRED),
        ("/status/429", Transient, Reason.FETCH_FAILED),
        ("/status/500", Transient, Reason.FETCH_FAILED),
        ("/status/503", Transient, Reason.FETCH_FAILED),
        ("/slow", Transient, Reason.FETCH_TIMEOUT),
        ("/endless", Poison, Reason.MEDIA_TOO_LARGE),
        ("/lying", Transient, Reason.FETCH_FAILED),
        ("/round", Poison, Reason.URL_FORBIDDEN),
    ],
)
async def test_each_mood_of_a_server(
    fetcher: FetchRouter,
    media_server: MediaServer,
    path: str,
    kind: type[Failure],
    reason: Reason,
) -> None:
    failed = await failure(fetcher, f"{media_server.origin}{path}?signature=secret")
    assert type(failed) is kind
    assert failed.reason is reason
    assert "secret" not in failed.detail


async def test_a_file_that_says_it_is_too_large_is_not_read(
    fetcher: FetchRouter, media_server: MediaServer
) -> None:
    url = media_server.put("large.png", bytes(MAX_BYTES + 1))
    failed = await failure(fetcher, url)
    assert failed.reason is Reason.MEDIA_TOO_LARGE
    assert "fetch.max_bytes" in failed.detail


async def test_an_empty_file(fetcher: FetchRouter, media_server: MediaServer) -> None:
    assert (await failure(fetcher, media_server.put("e", b""))).reason is Reason.MEDIA_EMPTY


@pytest.mark.parametrize(
    ("query", "expected"), [("seconds=7", 7.0), ("date=1", 30.0), ("seconds=soon", None)]
)
async def test_a_server_that_says_when_to_come_again(
    fetcher: FetchRouter, media_server: MediaServer, query: str, expected: float | None
) -> None:
    failed = await failure(fetcher, f"{media_server.origin}/status/503?{query}")
    assert isinstance(failed, Transient)
    if expected is None:
        assert failed.retry_after is None
    else:
        assert failed.retry_after == pytest.approx(expected, abs=2)


async def test_nobody_there(fetcher: FetchRouter) -> None:
    failed = await failure(fetcher, f"http://127.0.0.1:{free_port()}/a")
    assert type(failed) is Transient
    assert failed.reason is Reason.FETCH_FAILED
