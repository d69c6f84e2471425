from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from worker.domain.failure import Poison, Reason
from worker.domain.media import Content
from worker.domain.upload import MediaReference
from worker.fetch.config import FetchConfig
from worker.fetch.redact import redact
from worker.fetch.router import FetchRouter

MAX_BYTES = 1000


@pytest.fixture
async def fetcher(tmp_path: Path) -> AsyncIterator[FetchRouter]:
    (tmp_path / "root").mkdir()
    router = FetchRouter(
        FetchConfig(max_bytes=MAX_BYTES, max_inline_bytes=100, file_root=tmp_path / "root")
    )
    yield router
    await router.close()


async def fetch(fetcher: FetchRouter, **media: Any) -> Content:
    return await fetcher.fetch(MediaReference.model_validate(media), lambda _: None)


async def refusal(fetcher: FetchRouter, **media: Any) -> Poison:
    with pytest.raises(Poison) as refused:
        await fetch(fetcher, **media)
    return refused.value


async def test_inline_bytes_are_the_content(fetcher: FetchRouter) -> None:
    content = await fetch(fetcher, inline="aGVsbG8=", mime="image/png")
    assert content == Content.of(b"hello", "image/png")


async def test_inline_bytes_have_a_limit_of_their_own(fetcher: FetchRouter) -> None:
    failure = await refusal(fetcher, inline="YWFh" * 40)
    assert failure.reason is Reason.MEDIA_TOO_LARGE
    assert "fetch.max_inline_bytes" in failure.detail


async def test_inline_without_bytes_is_empty(fetcher: FetchRouter) -> None:
    assert (await refusal(fetcher, inline="")).reason is Reason.MEDIA_EMPTY


@pytest.mark.parametrize(
    "url", ["ftp://host/a", "gopher://host", "data:image/png;base64,aGk=", "/etc/passwd", "//x/y"]
)
async def test_other_schemes_are_forbidden(fetcher: FetchRouter, url: str) -> None:
    assert (await refusal(fetcher, url=url)).reason is Reason.URL_FORBIDDEN


async def test_a_url_that_cannot_be_read_is_forbidden(fetcher: FetchRouter) -> None:
    assert (await refusal(fetcher, url="http://[::1")).reason is Reason.URL_FORBIDDEN


async def test_a_file_under_the_root(fetcher: FetchRouter, tmp_path: Path) -> None:
    file = tmp_path / "root" / "a b%.png"
    file.write_bytes(b"png")
    sizes: list[int] = []
    content = await fetcher.fetch(MediaReference(url=file.as_uri()), sizes.append)
    assert content.data == b"png"
    assert sizes[-1] == 3


async def test_files_outside_of_the_root_are_forbidden(
    fetcher: FetchRouter, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    (tmp_path / "root" / "link").symlink_to(secret)
    for url in (
        secret.as_uri(),
        f"file://{tmp_path}/root/../secret",
        f"file://{tmp_path}/root/%2e%2e/secret",
        f"file://{tmp_path}/root/link",
        f"file://elsewhere{tmp_path}/root/a",
        "file:///etc/passwd",
    ):
        assert (await refusal(fetcher, url=url)).reason is Reason.URL_FORBIDDEN, url


async def test_without_a_root_no_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"a")
    failure = await refusal(FetchRouter(FetchConfig()), url=file.as_uri())
    assert failure.reason is Reason.URL_FORBIDDEN
    assert "fetch.file_root" in failure.detail


async def test_a_file_that_is_not_there(fetcher: FetchRouter, tmp_path: Path) -> None:
    failure = await refusal(fetcher, url=f"file://{tmp_path}/root/none.png")
    assert failure.reason is Reason.MEDIA_NOT_FOUND


async def test_a_pipe_is_not_waited_for(fetcher: FetchRouter, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "root" / "pipe")
    failure = await refusal(fetcher, url=f"file://{tmp_path}/root/pipe")
    assert failure.reason is Reason.URL_FORBIDDEN


@pytest.mark.parametrize(
    ("size", "reason"), [(0, Reason.MEDIA_EMPTY), (MAX_BYTES + 1, Reason.MEDIA_TOO_LARGE)]
)
async def test_files_have_a_size(
    fetcher: FetchRouter, tmp_path: Path, size: int, reason: Reason
) -> None:
    file = tmp_path / "root" / "sized"
    file.write_bytes(bytes(size))
    assert (await refusal(fetcher, url=file.as_uri())).reason is reason


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (
            "https://user:pw@cdn.example.com:8443/a/b.jpg?X-Sig=1#f",
            "https://cdn.example.com:8443/a/b.jpg",
        ),
        ("s3://bucket/key", "s3://bucket/key"),
        ("http://[::1", "a URL that cannot be read"),
        ("http://host:port/x", "a URL that cannot be read"),
        ("http://host/a\u202e\u2028b", "http://host/a??b"),
        (f"http://host/{'a' * 500}", f"http://host/{'a' * 288}..."),
    ],
)
def test_what_may_be_written_of_a_url(url: str, shown: str) -> None:
    assert redact(url) == shown
