"""What a host that fails, or is asked too much, may expect of us."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from tests.fetch.local import failure, fetch, local_config, opened
from tests.fetch.servers import Names, serving, talking
from tests.support.manual_clock import ManualClock
from worker.domain.clock import SystemClock
from worker.domain.failure import Failure, Reason, Transient
from worker.fetch.breaker import Breaker
from worker.fetch.config import FetchConfig
from worker.fetch.hosts import MAX_REMEMBERED, Hosts

HERE = Names(otherwise=["127.0.0.1"])


class Moody:
    """Answers with a status, and counts who asks, and how many at once."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.headers: dict[str, str] = {}
        self.asked = 0
        self.now = 0
        self.most = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def answer(self, _: web.Request) -> web.StreamResponse:
        self.asked += 1
        self.now += 1
        self.most = max(self.most, self.now)
        await self.gate.wait()
        self.now -= 1
        return web.Response(status=self.status, body=b"x", headers=self.headers)


@pytest.fixture
async def moody() -> AsyncIterator[tuple[Moody, int]]:
    moody = Moody()
    async with serving(moody.answer) as port:
        yield moody, port


async def test_a_host_that_fails_in_a_row_is_left_alone_and_tried_once(
    moody: tuple[Moody, int],
) -> None:
    server, port = moody
    server.status = 500
    clock = ManualClock()
    config = local_config(breaker_failures=3, breaker_pause_s=30)
    async with opened(config, resolver=HERE, clock=clock) as router:
        url = f"http://bad.test:{port}/a"
        for _ in range(3):
            await failure(router, url)
        alone = await failure(router, url)
        assert server.asked == 3, "a host that is left alone was asked"
        assert isinstance(alone, Transient)
        assert alone.retry_after == 30
        assert "fetch.breaker_failures" in alone.detail
        # Nobody else suffers.
        server.status = 200
        assert (await fetch(router, f"http://good.test:{port}/a")).data == b"x"

        clock.advance(31)
        server.status, server.asked = 503, 0
        server.gate.clear()
        tries = [asyncio.create_task(failure(router, url)) for _ in range(5)]
        while server.now == 0:
            await asyncio.sleep(0.01)
        server.gate.set()
        await asyncio.gather(*tries)
        assert server.asked == 1, "half open lets one try"

        clock.advance(31)
        server.status = 200
        for _ in range(3):
            assert (await fetch(router, url)).data == b"x"


async def test_refusals_are_no_failures_of_the_host(moody: tuple[Moody, int]) -> None:
    server, port = moody
    async with opened(local_config(breaker_failures=2), resolver=HERE) as router:
        for status in (404, 500, 403, 500, 410, 500, 404):
            server.status = status
            await failure(router, f"http://host.test:{port}/a")
    assert server.asked == 7


async def test_slow_bodies_are_failures_too() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
    async with (
        talking([head, *[b"x"] * 100], pause_s=0.05) as port,
        opened(local_config(breaker_failures=2, total_timeout_s=0.3), resolver=HERE) as router,
    ):
        for _ in range(2):
            dripped = await failure(router, f"http://slow.test:{port}/a")
            assert dripped.reason is Reason.FETCH_TIMEOUT
        assert (
            "fetch.breaker_failures" in (await failure(router, f"http://slow.test:{port}/")).detail
        )


async def test_retry_after_speaks_for_the_host(moody: tuple[Moody, int]) -> None:
    server, port = moody
    server.status, server.headers = 429, {"Retry-After": "7"}
    clock = ManualClock()
    async with opened(local_config(), resolver=HERE, clock=clock) as router:
        url = f"http://busy.test:{port}/a"
        await failure(router, url)
        clock.advance(5)
        again = await failure(router, url)
        assert isinstance(again, Transient)
        assert again.retry_after == pytest.approx(2)
        assert server.asked == 1
        clock.advance(3)
        server.status = 200
        assert (await fetch(router, url)).data == b"x"


async def test_a_wish_is_bounded(moody: tuple[Moody, int]) -> None:
    server, port = moody
    server.status, server.headers = 503, {"Retry-After": "999999999999"}
    clock = ManualClock()
    async with opened(local_config(), resolver=HERE, clock=clock) as router:
        await failure(router, f"http://busy.test:{port}/a")
        clock.advance(61)
        server.status = 200
        assert (await fetch(router, f"http://busy.test:{port}/a")).data == b"x"


async def test_no_more_than_so_many_at_once_from_one_host(moody: tuple[Moody, int]) -> None:
    server, port = moody
    server.gate.clear()
    config = local_config(max_connections_per_host=3, breaker_failures=0)
    async with opened(config, resolver=HERE) as router:
        tasks = [
            asyncio.create_task(fetch(router, f"http://{host}.test:{port}/{n}"))
            for host in ("one", "two")
            for n in range(8)
        ]
        while server.now < 6:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        assert server.now == 6
        server.gate.set()
        await asyncio.gather(*tasks)
    assert (server.most, server.asked) == (6, 16)


async def test_nobody_stands_in_line_for_longer_than_its_deadline() -> None:
    hosts = Hosts(FetchConfig(max_connections_per_host=1), SystemClock())
    now = asyncio.get_running_loop().time()
    async with hosts.turn("a", now + 60):
        with pytest.raises(TimeoutError):
            await hosts.turn("a", now + 0.1).__aenter__()
    async with hosts.turn("a", now + 60) as host:
        assert host.users == 1


async def test_what_is_known_of_hosts_is_bounded() -> None:
    hosts = Hosts(FetchConfig(), SystemClock())
    end = asyncio.get_running_loop().time() + 60
    async with hosts.turn("kept.test", end):
        for number in range(MAX_REMEMBERED + 100):
            async with hosts.turn(f"{number}.test", end):
                pass
        assert len(hosts) == MAX_REMEMBERED
        async with hosts.turn("kept.test", end) as same:
            assert same.users == 2


async def test_a_try_that_is_cut_off_lets_another_begin() -> None:
    clock = ManualClock()
    hosts = Hosts(FetchConfig(breaker_failures=1, breaker_pause_s=10), clock)
    end = asyncio.get_running_loop().time() + 60
    async with hosts.turn("a", end) as host:
        host.failed()
    clock.advance(11)
    entered = asyncio.Event()

    async def never_ends() -> None:
        async with hosts.turn("a", end):
            entered.set()
            await asyncio.sleep(60)

    trying = asyncio.create_task(never_ends())
    await entered.wait()
    with pytest.raises(Failure):
        await never_ends()  # two at once
    trying.cancel()
    await asyncio.wait([trying])
    async with hosts.turn("a", end) as host:
        host.answered()
    assert not host.breaker.open


def test_a_breaker_that_is_off_never_opens() -> None:
    breaker = Breaker(0, 10, ManualClock())
    for _ in range(1000):
        breaker.failed()
    assert breaker.wait_s() == 0
