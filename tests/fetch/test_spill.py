"""Large media go to a file that nobody can find, and that leaves nothing behind."""

from __future__ import annotations

import asyncio
import gc
import os
import random
import resource
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from tests.fetch.local import fetch, local_config, opened
from tests.fetch.servers import serving, talking
from worker.domain.failure import Failure, Poison, Reason, Transient
from worker.domain.held_file import HeldFile
from worker.domain.media import Content
from worker.domain.upload import MediaReference
from worker.fetch.config import FetchConfig
from worker.process.shared_memory import map_bytes, map_given

LARGE = random.Random(2).randbytes(3_000_000)
OVER = 1_000_000


def small_memory(folder: Path, **settings: object) -> FetchConfig:
    return local_config(spill_over_bytes=OVER, spill_folder=folder, max_bytes=4_000_000, **settings)


def descriptors() -> list[str]:
    """What this process has open, but for sockets and the like."""
    found = []
    for link in Path("/proc/self/fd").iterdir():
        try:
            found.append(str(link.readlink()))
        except FileNotFoundError:
            continue  # the one that lists them
    return sorted(path for path in found if path.startswith("/"))


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async def answer(request: web.Request) -> web.StreamResponse:
        size = int(request.path.removeprefix("/"))
        response = web.StreamResponse()
        if "stated" in request.query:
            response.content_length = size
        await response.prepare(request)
        await response.write(LARGE[:size])
        return response

    async with serving(answer) as port:
        yield port


@pytest.mark.parametrize("query", ["", "?stated=1"])
async def test_over_the_limit_it_is_a_file_and_counts_no_memory(
    tmp_path: Path, port: int, query: str
) -> None:
    before = descriptors()
    sizes: list[int] = []
    async with opened(small_memory(tmp_path)) as router:
        media = MediaReference(url=f"http://127.0.0.1:{port}/3000000{query}")
        content = await router.fetch(media, sizes.append)
        assert isinstance(content.held, HeldFile)
        assert (content.nbytes, content.data) == (len(LARGE), LARGE)
        assert content.sha256 == Content.of(LARGE).sha256
        assert content.head(10) == LARGE[:10]
        assert max(sizes) <= OVER + 65536
        assert sizes[-1] == 0
        assert list(tmp_path.iterdir()) == [], "the file has a name"
        content.close()
        content.close()
    assert descriptors() == before


async def test_up_to_the_limit_it_is_memory(tmp_path: Path, port: int) -> None:
    async with opened(small_memory(tmp_path)) as router:
        content = await fetch(router, f"http://127.0.0.1:{port}/{OVER}")
    assert content.held == LARGE[:OVER]


async def test_a_file_of_the_operators_is_copied_and_hashed_once(tmp_path: Path) -> None:
    """What is judged is what was hashed, though the file be changed meanwhile."""
    (tmp_path / "a.png").write_bytes(LARGE)
    async with opened(small_memory(tmp_path, file_root=tmp_path)) as router:
        with await fetch(router, (tmp_path / "a.png").as_uri()) as content:
            (tmp_path / "a.png").write_bytes(b"other")
            assert Content.of(content.data).sha256 == content.sha256 == Content.of(LARGE).sha256


async def test_whoever_gets_the_descriptor_can_read_and_not_write(
    tmp_path: Path, port: int
) -> None:
    async with opened(small_memory(tmp_path)) as router:
        with await fetch(router, f"http://127.0.0.1:{port}/3000000") as content:
            assert isinstance(content.held, HeldFile)
            fd = content.held.descriptor()
    # It outlives the content: the decode process has its own.
    with map_given(fd, len(LARGE)) as mapped:
        assert mapped[:] == LARGE
    with pytest.raises(ValueError, match=r"sealed|memory"):
        map_bytes(fd, len(LARGE))
    with pytest.raises(ValueError, match="announced"):
        map_given(fd, len(LARGE) + 1)
    with pytest.raises(OSError, match=r"Bad file descriptor|Invalid argument"):
        os.ftruncate(fd, 1)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.write(fd, b"x")
    os.close(fd)


async def test_one_that_is_given_up_halfway_leaves_nothing(tmp_path: Path, port: int) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n"
    before = descriptors()
    config = small_memory(tmp_path, spill_max_bytes=4_000_000)
    async with (
        talking([head + LARGE[:2_000_000], b"x"], pause_s=1) as stuck,
        opened(config) as router,
    ):
        trying = asyncio.create_task(fetch(router, f"http://127.0.0.1:{stuck}/a"))
        while descriptors() == before:
            await asyncio.sleep(0.01)
        trying.cancel()
        await asyncio.wait([trying])
        assert trying.cancelled()
        assert descriptors() == before
        assert list(tmp_path.iterdir()) == []
        # All of the room is free again: this one needs it.
        (await fetch(router, f"http://127.0.0.1:{port}/3000000")).close()


async def test_one_that_breaks_off_or_grows_too_large_leaves_nothing(
    tmp_path: Path, port: int
) -> None:
    before = descriptors()
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n"
    endless = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
    async with opened(small_memory(tmp_path)) as router:
        async with talking([head, LARGE[:2_000_000]]) as broken:
            with pytest.raises(Transient):
                await fetch(router, f"http://127.0.0.1:{broken}/a")
        async with talking([endless, LARGE, LARGE]) as large:
            with pytest.raises(Poison) as refused:
                await fetch(router, f"http://127.0.0.1:{large}/a")
            assert refused.value.reason is Reason.MEDIA_TOO_LARGE
        # All of the room is free again: this one needs it.
        (await fetch(router, f"http://127.0.0.1:{port}/3000000")).close()
    assert descriptors() == before


async def test_content_that_nobody_closed_is_let_go_of(tmp_path: Path, port: int) -> None:
    gc.collect()  # what earlier tests left open would be closed below
    before = descriptors()
    async with opened(small_memory(tmp_path)) as router:
        await fetch(router, f"http://127.0.0.1:{port}/3000000")
    gc.collect()
    assert descriptors() == before


async def test_without_room_one_waits_for_another_and_never_for_ever(
    tmp_path: Path, port: int
) -> None:
    """Room for one: ten that want it all get it in turn, however they are cancelled."""
    config = small_memory(tmp_path, spill_max_bytes=4_000_000)
    done = 0

    async with opened(config) as router:

        async def one(number: int) -> None:
            nonlocal done
            with await fetch(router, f"http://127.0.0.1:{port}/3000000?stated=1"):
                await asyncio.sleep(0.01)
                done += 1

        async with asyncio.timeout(30):
            tasks = [asyncio.create_task(one(number)) for number in range(10)]
            await asyncio.sleep(0.05)
            for cut in tasks[4:8]:
                cut.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    assert done >= 6
    assert list(tmp_path.iterdir()) == []


async def test_without_room_the_deadline_ends_the_wait_and_the_host_is_not_to_blame(
    tmp_path: Path, port: int
) -> None:
    config = small_memory(
        tmp_path, spill_max_bytes=4_000_000, total_timeout_s=1.0, breaker_failures=1
    )
    url = f"http://127.0.0.1:{port}/3000000"
    async with opened(config) as router:
        # The first holds what it needs; the second may need all.
        with await fetch(router, url), pytest.raises(Transient) as late:
            await fetch(router, url)
        assert late.value.reason is Reason.FETCH_TIMEOUT
        (await fetch(router, url)).close()


async def test_a_folder_that_takes_nothing(tmp_path: Path, port: int) -> None:
    async with opened(small_memory(tmp_path / "none")) as router:
        with pytest.raises(Failure) as failed:
            await fetch(router, f"http://127.0.0.1:{port}/3000000")
    assert type(failed.value) is Transient
    assert "fetch.spill_folder" in failed.value.detail
    assert str(tmp_path) not in failed.value.detail


async def test_a_disk_that_is_full(tmp_path: Path, port: int) -> None:
    """A limit on the size of files is met as a full disk is: by an error in the middle."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    async with opened(small_memory(tmp_path)) as router:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, hard))
        try:
            with pytest.raises(Failure) as failed:
                await fetch(router, f"http://127.0.0.1:{port}/3000000")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert type(failed.value) is Transient
        (await fetch(router, f"http://127.0.0.1:{port}/3000000")).close()
