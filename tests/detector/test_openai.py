"""The detector on a real vLLM server: that it equals the one in a process, and leaves no trace."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import AsyncIterator, Callable
from os import kill
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import pytest_asyncio

from tests.detector.test_vllm import descendants
from tests.process.test_child import gone
from tests.support.factories import NOON
from tests.support.media import image_file, video_file
from tests.support.ports import free_port
from tests.support.vllm_server import VllmServer, started
from tests.twins.decoder import InProcessDecoder
from worker.detector.openai.config import Flavor
from worker.detector.openai.detector import OpenAIDetector
from worker.detector.reference.detector import ReferenceDetector
from worker.detector.self_test import golden_media, self_test
from worker.detector.vllm.detector import VllmDetector
from worker.domain.answer import Conclusion, ScoreKind
from worker.domain.failure import Poison, Reason, Systemic, Transient
from worker.domain.generation import AnswerForm, FinishReason, Generation
from worker.domain.media import Content, MediaFacts, MediaKind, PreparedMedia, VideoSampling
from worker.models.spec import load_spec
from worker.parsing.answer import read_answer
from worker.parsing.reply import parse
from worker.parsing.score import score
from worker.process.shared_memory import share

pytestmark = [
    pytest.mark.vllm,
    pytest.mark.timeout(600),  # the first test waits for the server, too
    pytest.mark.asyncio(loop_scope="session"),
]

SPEC = load_spec("tiny")
DECODER = InProcessDecoder()

CUT_AT = 5
"""Tokens: before any conclusion."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plain_detector(vllm_server: VllmServer) -> AsyncIterator[OpenAIDetector]:
    """Asks as if the server knew no more than OpenAI's own API: videos go as files."""
    async with started(vllm_server.settings(flavor=Flavor.OPENAI)) as detector:
        yield detector


@pytest.fixture(params=["openai_detector", "plain_detector"])
def remote(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


def slow_clip(seconds_apart: float) -> PreparedMedia:
    """Six reddish frames that become darker, each pair that far from the next."""
    shade = np.linspace(1.2, 0.6, 6)[:, None, None, None]
    frames = np.broadcast_to(shade * np.array((180, 110, 60)), (6, 84, 140, 3))
    pixels = np.ascontiguousarray(frames.astype(np.uint8))
    fps = 29.97
    source_frames = round(3 * seconds_apart * fps)
    indices = tuple(round(step * (source_frames - 1) / 5) for step in range(6))
    return PreparedMedia(
        fd=share(pixels, "clip"),
        facts=MediaFacts(
            kind=MediaKind.VIDEO, mime="video/mp4", width=140, height=84, bytes=pixels.nbytes
        ),
        frames=6,
        height=84,
        width=140,
        sampling=VideoSampling(fps, source_frames, indices),
    )


async def about(data: bytes) -> PreparedMedia:
    return await DECODER.decode(Content.of(data), SPEC.recipe)


MEDIA: dict[str, Callable[[float], bytes]] = {
    "image": lambda tint: image_file(tint, "JPEG", 300, 200),
    "clip": video_file,
    "moment": lambda tint: video_file(tint, frames=3),
}


@pytest.mark.parametrize("tint", [-0.5, -0.05, 0.05, 0.5])
@pytest.mark.parametrize("name", list(MEDIA))
async def test_it_says_what_the_engine_in_a_process_says(
    vllm_detector: VllmDetector, remote: OpenAIDetector, tint: float, name: str
) -> None:
    with await about(MEDIA[name](tint)) as media:
        one = await vllm_detector.generate(media)
        other = await remote.generate(media)
    assert one.text == other.text
    assert one.prompt_tokens == other.prompt_tokens
    assert one.completion_tokens == other.completion_tokens
    assert one.finish_reason is other.finish_reason
    near(one, other)


def near(one: Generation, other: Generation) -> None:
    """Equal, where both have a word: one question at a time, bfloat16 sums up in one order."""
    first, second = one.label_logprobs, other.label_logprobs
    assert first is not None
    assert second is not None
    assert second.authentic
    assert second.ai_generated
    for word, logprob in {**second.authentic, **second.ai_generated}.items():
        assert logprob == pytest.approx({**first.authentic, **first.ai_generated}[word], abs=0.001)
    assert score(second).value == pytest.approx(score(first).value, abs=0.001)


@pytest.mark.parametrize("seconds_apart", [2.0, 6.66, 9.98, 19.99])
async def test_frames_keep_their_times(
    vllm_detector: VllmDetector, remote: OpenAIDetector, seconds_apart: float
) -> None:
    with slow_clip(seconds_apart) as media:
        one = await vllm_detector.generate(media)
        other = await remote.generate(media)
    assert one.text == other.text
    assert one.prompt_tokens == other.prompt_tokens
    near(one, other)


async def test_a_file_of_more_than_two_frames_a_second_is_thinned_out_and_refused(
    plain_detector: OpenAIDetector,
) -> None:
    with slow_clip(0.7) as media, pytest.raises(Poison, match="as it is sent"):
        await plain_detector.generate(media)


async def test_a_reasoning_that_is_cut_is_asked_for_its_label(vllm_server: VllmServer) -> None:
    sampling = SPEC.sampling.model_copy(update={"max_tokens": CUT_AT})
    spec = SPEC.model_copy(update={"sampling": sampling})
    reference = ReferenceDetector(spec)
    await reference.start()
    async with started(vllm_server.settings(), spec) as detector:
        for golden in SPEC.golden:
            with golden_media(golden, SPEC) as media:
                expected = await reference.generate(media)
                generation = await detector.generate(media)
            assert generation.text == expected.text
            assert generation.forced
            assert generation.finish_reason is FinishReason.LENGTH
            assert generation.completion_tokens == CUT_AT
            answer = read_answer(generation, detector.identity, media.facts, NOON)
            assert answer.problem is None
            assert answer.score.kind is ScoreKind.FORCED_CONCLUSION
            assert answer.score.value == pytest.approx(
                score(expected.label_logprobs).value, abs=0.01
            )
    await reference.close()


async def test_a_plain_server_leaves_a_reasoning_that_is_cut(vllm_server: VllmServer) -> None:
    sampling = SPEC.sampling.model_copy(update={"max_tokens": CUT_AT})
    spec = SPEC.model_copy(update={"sampling": sampling})
    async with started(vllm_server.settings(flavor=Flavor.OPENAI), spec) as detector:
        with golden_media(SPEC.golden[0], SPEC) as media:
            generation = await detector.generate(media)
    assert generation.finish_reason is FinishReason.LENGTH
    assert not generation.forced
    assert generation.label_logprobs is None


async def test_a_plain_server_gives_no_verdict_first(plain_detector: OpenAIDetector) -> None:
    await self_test(plain_detector, SPEC)
    with (
        golden_media(SPEC.golden[0], SPEC) as media,
        pytest.raises(Systemic, match=r"remote\.flavor"),
    ):
        await plain_detector.generate(media, form=AnswerForm.VERDICT_FIRST)


async def test_a_context_that_is_too_short_is_told_at_start(vllm_server: VllmServer) -> None:
    spec = SPEC.model_copy(update={"context_tokens": 2 * SPEC.context_tokens})
    with pytest.raises(Systemic, match="--max-model-len"):
        async with started(vllm_server.settings(), spec):
            pass


async def test_many_at_once_pass_through_a_narrow_door(vllm_server: VllmServer) -> None:
    async with started(vllm_server.settings(max_in_flight=3, encode_threads=1)) as detector:

        async def ask(seed: int) -> Generation:
            tint = 0.9 if seed % 3 else -0.9
            with await about(image_file(tint, width=60 + 10 * seed, seed=seed)) as media:
                return await detector.generate(media)

        generations = await asyncio.gather(*(ask(seed) for seed in range(24)))
    concluded = [parse(generation.text).conclusion for generation in generations]
    assert concluded == [Conclusion.REAL if n % 3 else Conclusion.FAKE for n in range(24)]


async def metric(server: VllmServer, name: str) -> float:
    """The sum of a metric's values."""
    async with httpx.AsyncClient() as client:
        exposed = (await client.get(f"{server.origin}/metrics")).text
    return sum(float(value) for value in re.findall(rf"^{name}[^ ]* (\S+)$", exposed, re.MULTILINE))


async def test_calls_that_are_given_up_leave_nothing_on_either_side(
    vllm_server: VllmServer,
) -> None:
    finished, under_way = "vllm:request_success_total", "vllm:num_requests_(?:running|waiting)"
    async with started(vllm_server.settings(max_in_flight=32)) as detector:

        async def ask(seed: int) -> Generation:
            with await about(image_file(0.9, width=400, height=300, seed=seed)) as media:
                return await detector.generate(media)

        await ask(0)
        before = await metric(vllm_server, finished)
        asked = 0
        calls: list[asyncio.Task[Generation]] = []
        async with asyncio.timeout(90):
            while await metric(vllm_server, under_way) < 4:
                if all(call.done() for call in calls):  # quicker than we could look
                    calls = [asyncio.create_task(ask(asked + seed)) for seed in range(32)]
                    asked += len(calls)
                await asyncio.sleep(0.01)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        async with asyncio.timeout(30):
            while await metric(vllm_server, under_way):
                await asyncio.sleep(0.05)
        # An abort is not counted: the server did not answer them all.
        assert await metric(vllm_server, finished) - before < asked
        pool = detector._server._client._transport._pool  # type: ignore[attr-defined]
        assert all(connection.is_idle() for connection in pool.connections)
        assert (await ask(1)).text


async def test_a_server_that_is_killed_fails_its_calls_and_is_dead_after_a_while(
    tmp_path: Path,
) -> None:
    server = VllmServer(free_port(), tmp_path / "log")
    try:
        await asyncio.to_thread(server.start)
        assert server.process is not None
        family = descendants(server.process.pid)
        assert len(family) >= 2  # the server, and the engine core below it
        settings = server.settings(health_interval_s=0.5, dead_after_s=3.0)
        async with started(settings) as detector:

            async def ask(seed: int) -> Generation:
                with await about(image_file(0.9, seed=seed)) as media:
                    return await detector.generate(media)

            for pid in family:
                kill(pid, signal.SIGSTOP)
            asking = [asyncio.create_task(ask(seed)) for seed in range(4)]
            await asyncio.sleep(0.3)
            server.stop()
            for result in await asyncio.gather(*asking, return_exceptions=True):
                assert isinstance(result, Transient)
                assert result.reason is Reason.ENGINE_FAILED
            await asyncio.wait_for(detector.wait_dead(), 20)
            with pytest.raises(Systemic, match=r"remote\.dead_after_s"):
                await ask(9)
        for pid in family:
            await gone(pid)
    finally:
        server.stop()
