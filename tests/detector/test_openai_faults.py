"""What a server can do to a worker, said by a router before a real vLLM."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import web
from structlog.testing import capture_logs

from tests.support.vllm_server import ask_golden, started
from tests.support.wayward_router import Mood, WaywardRouter, answering, drip, flood, hang_up
from worker.detector.openai.detector import OpenAIDetector
from worker.domain.failure import Failure, Poison, Reason, Systemic, Transient
from worker.models.spec import load_spec

pytestmark = [
    pytest.mark.vllm,
    pytest.mark.timeout(600),  # the first test waits for the server, too
    pytest.mark.asyncio(loop_scope="session"),
]

SPEC = load_spec("tiny")
SECRET = "sk-not-for-anybody"
SAID = "heap at 0x7f3a, SELECT secret FROM prompts"


@pytest_asyncio.fixture(loop_scope="session")
async def detector(wayward_router: WaywardRouter) -> AsyncIterator[OpenAIDetector]:
    async with started(wayward_router.settings(api_key=SECRET)) as detector:
        yield detector


async def failure(detector: OpenAIDetector) -> Failure:
    with pytest.raises(Failure) as failed:
        await ask_golden(detector)
    for secret in (SECRET, SAID, "0x7f3a"):
        assert secret not in failed.value.detail
    return failed.value


def whole_questions(mood: Mood) -> Mood:
    """Only those that are to be answered in full: golden media are asked for a token alone."""

    async def pickier(request: web.Request, body: bytes) -> web.StreamResponse | None:
        if not body or json.loads(body).get("max_tokens") == 1:
            return None
        return await mood(request, body)

    return pickier


@pytest.mark.parametrize(
    ("mood", "retry_after"),
    [
        (answering(429, SAID, headers={"Retry-After": "7"}), 7.0),
        (answering(429, SAID), None),
        (answering(500, SAID), None),
        (answering(503, SAID, headers={"Retry-After": "3"}), 3.0),
        (answering(200, "<html>Welcome</html>"), None),
        (answering(200, '{"choices": []}'), None),
        (answering(200, '{"choices": [{"message": {"content": "real"}}]}'), None),
        (flood, None),
        (hang_up, None),
    ],
    ids=["busy", "impatient", "broken", "away", "html", "empty", "unaccounted", "flood", "hang_up"],
)
async def test_what_may_pass_is_tried_again(
    wayward_router: WaywardRouter, detector: OpenAIDetector, mood: Mood, retry_after: float | None
) -> None:
    wayward_router.mood = mood
    failed = await failure(detector)
    assert isinstance(failed, Transient)
    assert failed.reason is Reason.ENGINE_FAILED
    assert failed.retry_after == retry_after
    wayward_router.mood = None
    assert (await ask_golden(detector)).text


async def test_an_answer_that_comes_drop_by_drop_is_given_up(wayward_router: WaywardRouter) -> None:
    async with started(wayward_router.settings(request_timeout_s=5.0)) as detector:
        wayward_router.mood = drip
        begun = time.monotonic()
        failed = await failure(detector)
        assert 4 < time.monotonic() - begun < 8
    assert isinstance(failed, Transient)
    assert "remote.request_timeout_s" in failed.detail


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_a_refusal_of_this_media_alone_is_the_medias_fault(
    wayward_router: WaywardRouter, detector: OpenAIDetector, status: int
) -> None:
    wayward_router.mood = whole_questions(answering(status, SAID))
    failed = await failure(detector)
    assert isinstance(failed, Poison)
    assert failed.reason is Reason.ENGINE_REJECTED


@pytest.mark.parametrize(
    ("status", "named"),
    [
        (400, "--limit-mm-per-prompt"),
        (401, "remote.api_key"),
        (403, "remote.api_key"),
        (404, "remote.model"),
        (413, "size of a request"),
    ],
)
async def test_a_refusal_of_everything_is_the_servers_fault(
    wayward_router: WaywardRouter,
    detector: OpenAIDetector,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    named: str,
) -> None:
    monkeypatch.setattr("worker.detector.openai.examination.FRESH_S", 0.0)
    wayward_router.mood = answering(status, SAID)
    failed = await failure(detector)
    assert isinstance(failed, Systemic)
    assert failed.reason is Reason.ENGINE_DEAD
    assert named in failed.detail


async def test_the_servers_words_and_the_key_stay_out_of_the_log(
    wayward_router: WaywardRouter, detector: OpenAIDetector
) -> None:
    wayward_router.mood = answering(500, SAID + "x" * 100_000)
    with capture_logs() as logs:
        await failure(detector)
    loud = [entry for entry in logs if entry["log_level"] != "debug"]
    assert SAID not in str(loud)
    assert SECRET not in str(logs)
    assert len(str(logs)) < 3000


async def test_calls_wait_while_a_router_restarts(
    wayward_router: WaywardRouter, detector: OpenAIDetector
) -> None:
    await wayward_router.stop()
    assert isinstance(await failure(detector), Transient)  # the call that meets nobody
    waiting = [asyncio.create_task(ask_golden(detector)) for _ in range(4)]
    await asyncio.sleep(1.0)
    assert not any(call.done() for call in waiting)
    await wayward_router.start()
    for generation in await asyncio.gather(*waiting):
        assert generation.text


async def test_engines_that_leave_a_router_are_waited_for(wayward_router: WaywardRouter) -> None:
    async def without_engines(request: web.Request, _: bytes) -> web.StreamResponse | None:
        if request.path.endswith("/models"):
            return web.json_response({"data": []})
        return web.Response(status=404) if request.path.endswith("/completions") else None

    # It does not look by itself within the test: only the call that failed makes it.
    async with started(wayward_router.settings(health_interval_s=60.0)) as detector:
        wayward_router.mood = without_engines
        assert isinstance(await failure(detector), Transient)
        waiting = asyncio.create_task(ask_golden(detector))
        await asyncio.sleep(0.5)
        assert not waiting.done()
        wayward_router.mood = None
        assert (await waiting).text


async def test_a_server_that_stays_away_is_dead(wayward_router: WaywardRouter) -> None:
    async with started(wayward_router.settings(dead_after_s=1.0)) as detector:
        await wayward_router.stop()
        assert isinstance(await failure(detector), Transient)
        waiting = asyncio.create_task(failure(detector))
        begun = time.monotonic()
        await asyncio.wait_for(detector.wait_dead(), 10)
        assert time.monotonic() - begun > 0.5
        for failed in (await waiting, await failure(detector)):
            assert isinstance(failed, Systemic)
            assert failed.reason is Reason.ENGINE_DEAD
            assert "remote.dead_after_s" in failed.detail
        await wayward_router.start()


async def test_a_call_in_the_air_ends_when_the_server_is_dead(
    wayward_router: WaywardRouter,
) -> None:
    async with started(wayward_router.settings(dead_after_s=0.5)) as detector:
        wayward_router.mood = drip
        asked_before = len(wayward_router.bodies)
        asking = asyncio.create_task(failure(detector))
        while len(wayward_router.bodies) == asked_before:
            await asyncio.sleep(0.01)
        wayward_router.mood = answering(503, to="/health")
        assert isinstance(await asyncio.wait_for(asking, 10), Systemic)
