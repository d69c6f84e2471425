from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import logging
import re
import threading
from collections.abc import AsyncIterator
from html.parser import HTMLParser

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from tests.health.vitals import FixedVitals
from tests.support.hostile_text import HOSTILE
from worker import __version__
from worker.health.config import HealthConfig
from worker.health.doorkeeper import MAX_CONNECTIONS
from worker.health.protocol import PartitionRow, Status
from worker.health.server import HealthServer
from worker.telemetry.logs import set_log_level

TOKEN = "a-token-of-24-characters"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
PATHS = ("/", "/livez", "/readyz", "/startupz", "/metrics", "/version")
DEBUG = ("/debug/stacks", "/debug/tasks", "/debug/log-level")


@pytest.fixture
def vitals() -> FixedVitals:
    return FixedVitals()


async def _serve(
    vitals: FixedVitals, token: str | None, max_seconds: float = 10
) -> tuple[HealthServer, httpx.AsyncClient]:
    config = HealthConfig(host="127.0.0.1", port=0, token=SecretStr(token) if token else None)
    server = HealthServer(vitals, config, max_seconds=max_seconds)
    await server.start()
    return server, httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}")


@pytest.fixture
async def client(vitals: FixedVitals) -> AsyncIterator[httpx.AsyncClient]:
    server, client = await _serve(vitals, TOKEN)
    async with client:
        yield client
    await server.close()


async def test_each_probe_says_what_is_wrong_and_only_its_own(
    client: httpx.AsyncClient, vitals: FixedVitals
) -> None:
    probes = {"/livez": "alive", "/readyz": "ready", "/startupz": "started"}
    for path in probes:
        assert (await client.get(path)).text == "ok\n"
    for path, name in probes.items():
        vitals.trouble = {name: "the model is still loading"}
        for other in probes:
            answer = await client.get(other)
            assert answer.status_code == (503 if other == path else 200)
        assert "still loading" in (await client.get(path)).text


async def test_head_is_answered_as_get_without_a_body(client: httpx.AsyncClient) -> None:
    for path in PATHS:
        answer = await client.head(path)
        assert answer.status_code == 200, path
        assert answer.content == b""


async def test_every_answer_is_hardened_and_ends_its_connection(client: httpx.AsyncClient) -> None:
    for path in (*PATHS, "/none", "/debug/stacks"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["cache-control"] == "no-store"
        assert headers["server"] == "ivy-worker"
        assert headers["connection"] == "close"


async def test_metrics_come_in_the_format_that_is_asked_for(client: httpx.AsyncClient) -> None:
    plain = await client.get("/metrics")
    assert plain.headers["content-type"].startswith("text/plain")
    assert "python_info" in plain.text
    accept = "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5"
    wanted = await client.get("/metrics", headers={"Accept": accept})
    assert wanted.headers["content-type"].startswith("application/openmetrics-text")
    assert wanted.text.endswith("# EOF\n")


async def test_it_tells_what_runs(client: httpx.AsyncClient) -> None:
    said = (await client.get("/version")).json()
    assert said["versions"]["ivy-worker"] == __version__
    assert said["versions"]["kafka-python"]
    assert said["versions"]["python"].startswith("3.")


@pytest.mark.parametrize("path", DEBUG)
async def test_debug_takes_the_token_and_no_other(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path, headers=BEARER)).status_code == 200
    for given in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}):
        answer = await client.get(path, headers=given)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
    odd = await client.get(path, headers={b"Authorization": "Bearer ünï".encode()})
    assert odd.status_code == 401


async def test_without_a_token_of_the_settings_there_is_no_debug(vitals: FixedVitals) -> None:
    server, client = await _serve(vitals, None)
    async with client:
        for path in DEBUG:
            assert (await client.get(path, headers=BEARER)).status_code == 404
        put = await client.put("/debug/log-level", json={"level": "debug"}, headers=BEARER)
        assert put.status_code == 404
    await server.close()


def test_a_short_token_is_refused() -> None:
    with pytest.raises(ValidationError):
        HealthConfig(token=SecretStr("short"))


async def test_the_stacks_show_where_each_thread_stands_and_no_variables(
    client: httpx.AsyncClient,
) -> None:
    over = threading.Event()

    def stand_still(password: str) -> None:
        over.wait(len(password))

    thread = threading.Thread(target=stand_still, args=("hunter2" * 10,), name="the-stuck-one")
    thread.start()
    try:
        text = (await client.get("/debug/stacks", headers=BEARER)).text
    finally:
        over.set()
        thread.join()
    assert "thread the-stuck-one" in text
    assert "stand_still" in text
    assert "hunter2" not in text


async def test_the_tasks_are_shown_by_where_they_wait(client: httpx.AsyncClient) -> None:
    async def waits_in_the_middle() -> None:
        await asyncio.sleep(60)

    async def outermost() -> None:
        await waits_in_the_middle()

    tasks = [asyncio.create_task(outermost()) for _ in range(500)]
    await asyncio.sleep(0)
    child = await asyncio.create_subprocess_exec("sleep", "60")
    text = (await client.get("/debug/tasks", headers=BEARER)).text
    for task in tasks:
        task.cancel()
    child.kill()
    await child.wait()
    place = next(part for part in text.split("\n\n") if part.startswith("500 at"))
    assert place.index("outermost") < place.index("waits_in_the_middle")
    assert len(text) < 100_000
    assert re.search(rf"^{child.pid} \(of \d+\) \w .*sleep 60$", text, re.MULTILINE)


async def test_the_log_level_is_changed_at_run_time(client: httpx.AsyncClient) -> None:
    before = logging.getLogger().level
    ours = logging.getLogger("worker.anything")
    try:
        set_log_level("info")
        assert not ours.isEnabledFor(logging.DEBUG)
        put = await client.put("/debug/log-level", json={"level": "debug"}, headers=BEARER)
        assert put.json() == {"level": "debug"}
        assert ours.isEnabledFor(logging.DEBUG)
        # Libraries that tell of every connection stay quiet.
        assert not logging.getLogger("kafka").isEnabledFor(logging.INFO)
        assert (await client.get("/debug/log-level", headers=BEARER)).json() == {"level": "debug"}
        for body in (b"", b"{", b'{"level": "loud"}', b'{"level": "info", "more": 1}', b"\xff"):
            answer = await client.put("/debug/log-level", content=body, headers=BEARER)
            assert answer.status_code == 400
        assert ours.isEnabledFor(logging.DEBUG)
    finally:
        logging.getLogger().setLevel(before)


async def test_a_large_body_is_not_read(client: httpx.AsyncClient) -> None:
    answer = await client.put("/debug/log-level", content=b" " * 5000, headers=BEARER)
    assert answer.status_code == 413


async def _dripped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
    """Lines sent until the connection was ended."""
    lines = 0
    with contextlib.suppress(ConnectionError):
        while not reader.at_eof():
            writer.write(b"X-More: 1\r\n")
            await writer.drain()
            await asyncio.sleep(0.05)
            lines += 1
    return lines


async def test_a_slow_client_is_cut_off(vitals: FixedVitals) -> None:
    server, client = await _serve(vitals, None, max_seconds=0.5)
    async with client:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET /livez HTTP/1.1\r\nHost: x\r\n")
        async with asyncio.timeout(5):
            # A header line now and then, and never the last.
            assert await _dripped(reader, writer) > 3
        assert (await client.get("/livez")).status_code == 200
        writer.close()
    await server.close()


async def test_probes_get_through_however_many_connections_are_held(
    client: httpx.AsyncClient,
) -> None:
    port = client.base_url.port
    held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3 * MAX_CONNECTIONS)]
    assert (await client.get("/livez")).status_code == 200

    def ended() -> int:
        return sum(reader.at_eof() or reader.exception() is not None for reader, _ in held)

    async with asyncio.timeout(10):
        while ended() < 2 * MAX_CONNECTIONS:
            await asyncio.sleep(0.05)
    for _, writer in held:
        writer.close()


class Page(HTMLParser):
    """Tags, and the text outside of the style."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.style = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] == ["style"] and not self.style:
            self.style = data


async def test_the_page_needs_nothing_runs_nothing_and_escapes_all(
    client: httpx.AsyncClient, vitals: FixedVitals
) -> None:
    plain = Page((await client.get("/")).text)
    for hostile in (*HOSTILE.values(), "<script>alert(1)</script>", "</style><img src=x>"):
        text = hostile[:2000]
        vitals.shown = Status(
            phase=text,
            version=text,
            model=text,
            mode=text,
            alive=text,
            ready=text,
            figures={text: text},
            partitions=(PartitionRow(text, 3, 0), PartitionRow("uploads[1]", None, 2)),
            outcomes={text: 3},
            breakers={text: True},
            processes=(text,),
        )
        answer = await client.get("/")
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        page = Page(answer.text)
        assert set(page.tags) <= {*plain.tags, "table", "tr", "th", "td"}
        assert not {"src", "href", "onclick", "onerror", "style"} & set(page.attributes)
        digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
        assert f"style-src 'sha256-{digest}'" in answer.headers["content-security-policy"]
        assert "url(" not in page.style
        assert "@import" not in page.style
