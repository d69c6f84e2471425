"""What a start finds out about a server, and whom it lets in."""

from __future__ import annotations

import asyncio
import json
import subprocess
from pathlib import Path

import pytest
from aiohttp import web

from tests.support.media import image_file
from tests.support.vllm_server import VllmServer, ask_golden, started
from tests.support.wayward_router import Mood, WaywardRouter, answering
from tests.twins.decoder import InProcessDecoder
from worker.detector.openai.config import RemoteConfig
from worker.detector.openai.detector import OpenAIDetector
from worker.domain.failure import Poison, Systemic
from worker.domain.generation import Generation
from worker.domain.media import Content
from worker.models.spec import ModelSpec, load_spec
from worker.parsing.score import score

pytestmark = [
    pytest.mark.vllm,
    pytest.mark.timeout(600),  # the first test waits for the server, too
    pytest.mark.asyncio(loop_scope="session"),
]

SPEC = load_spec("tiny")
WITHOUT_REASONING = json.dumps(
    {
        "choices": [{"message": {"content": "real", "reasoning": "the hands"}}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 9},
    }
)


@pytest.mark.parametrize(
    ("mood", "changes", "named"),
    [
        (None, {"model": "another"}, "remote.model"),
        (answering(401, to="/models"), {}, "remote.api_key"),
        (answering(404, to="/models"), {}, "remote.base_url"),
        (answering(413), {}, "size of a request"),
        (answering(200, WITHOUT_REASONING), {}, "--reasoning-parser"),
        (answering(200, '{"data": []}', to="/models"), {"start_timeout_s": 1.5}, "no model yet"),
        (answering(503, to="/health"), {"start_timeout_s": 1.5}, "remote.start_timeout_s"),
    ],
    ids=["model", "key", "path", "body", "parser", "empty", "unwell"],
)
async def test_a_start_that_fails_names_what_to_change(
    wayward_router: WaywardRouter, mood: Mood | None, changes: dict[str, object], named: str
) -> None:
    wayward_router.mood = mood
    with pytest.raises(Systemic) as failed:
        async with started(wayward_router.settings(**changes)):
            pass
    assert named in failed.value.detail


async def test_a_file_without_certificates_is_named(tmp_path: Path) -> None:
    with pytest.raises(Systemic, match=r"remote\.ca_file"):
        OpenAIDetector(SPEC, RemoteConfig(ca_file=tmp_path / "none.pem"))


async def test_a_certificate_is_trusted_only_with_its_authority(
    vllm_server: VllmServer, tmp_path: Path
) -> None:
    router = WaywardRouter(vllm_server.origin)
    await router.start(certificate := self_signed(tmp_path))
    try:
        with pytest.raises(Systemic, match=r"not trusted \(remote\.ca_file\)"):
            async with started(router.settings(start_timeout_s=1.5)):
                pass
        async with started(router.settings(ca_file=certificate)) as detector:
            assert (await ask_golden(detector)).text
    finally:
        await router.stop()


def self_signed(folder: Path) -> Path:
    """A certificate of this machine, its key in the same file."""
    key, certificate, both = folder / "key", folder / "certificate", folder / "both.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
            *("-subj", "/CN=router", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    both.write_bytes(key.read_bytes() + certificate.read_bytes())
    return both


async def test_without_the_servers_tokenizer_its_files_do(wayward_router: WaywardRouter) -> None:
    wayward_router.mood = answering(404, to="/tokenize")
    async with started(wayward_router.settings()) as detector:
        assert score((await ask_golden(detector)).label_logprobs).value is not None
    spec = SPEC.model_copy(update={"source": "no/such/folder"})
    with pytest.raises(Systemic, match=r"model\.source"):
        async with started(wayward_router.settings(), spec):
            pass


async def test_a_worker_waits_for_a_server_that_starts_later(wayward_router: WaywardRouter) -> None:
    await wayward_router.stop()
    detector = OpenAIDetector(SPEC, wayward_router.settings())
    starting = asyncio.create_task(detector.start())
    await asyncio.sleep(0.5)
    await wayward_router.start()
    await starting
    assert (await ask_golden(detector)).text
    await detector.close()


def refusing(*fields: str) -> Mood:
    """A vLLM without one of its flags."""

    async def mood(_: web.Request, body: bytes) -> web.StreamResponse | None:
        return web.Response(status=400) if body and json.loads(body).keys() & fields else None

    return mood


OPTIONS = ("mm_processor_kwargs", "media_io_kwargs")


@pytest.mark.parametrize(
    ("mood", "absent"),
    [(refusing(*OPTIONS), OPTIONS), (refusing("priority"), ("priority",)), (None, ())],
    ids=["untrusted", "fcfs", "all"],
)
async def test_what_the_server_does_not_take_is_not_sent(
    wayward_router: WaywardRouter, mood: Mood | None, absent: tuple[str, ...]
) -> None:
    wayward_router.mood = mood
    async with started(wayward_router.settings()) as detector:
        wayward_router.bodies.clear()
        assert (await ask_golden(detector, priority=3)).text
    (body,) = wayward_router.bodies
    sent = json.loads(body).keys()
    assert {"mm_processor_kwargs", "priority"} - set(absent) <= sent
    assert not sent & set(absent)


def larger() -> ModelSpec:
    """With images that the checkpoint's own limits would reduce; a request's options may not."""
    image = SPEC.recipe.image.model_copy(update={"max_pixels": 4 * SPEC.recipe.image.max_pixels})
    recipe = SPEC.recipe.model_copy(update={"image": image})
    return SPEC.model_copy(update={"recipe": recipe})


def without_options(body: bytes) -> bytes:
    """A question as an operator's proxy may leave it."""
    question = json.loads(body)
    return json.dumps({k: v for k, v in question.items() if k not in OPTIONS}).encode()


async def ask_about_a_large_image(detector: OpenAIDetector) -> Generation:
    content = Content.of(image_file(0.9, width=800, height=600))
    with await InProcessDecoder().decode(content, detector.recipe) as media:
        return await detector.generate(media)


async def test_a_server_that_resizes_again_is_found_out_at_start(
    wayward_router: WaywardRouter,
) -> None:
    wayward_router.mood = refusing(*OPTIONS)
    spec = larger()
    with pytest.raises(Systemic, match="--mm-processor-kwargs") as failed:
        async with started(wayward_router.settings(), spec):
            pass
    assert str(spec.recipe.image.max_pixels) in failed.value.detail


async def test_a_server_that_begins_to_resize_is_found_out(
    wayward_router: WaywardRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.detector.openai.examination.FRESH_S", 0.0)
    async with started(wayward_router.settings(), larger()) as detector:
        assert (await ask_about_a_large_image(detector)).text
        wayward_router.rewrite = without_options
        with pytest.raises(Systemic, match="changes a golden image"):
            await ask_about_a_large_image(detector)
        wayward_router.rewrite = lambda body: (
            body if json.loads(body)["max_tokens"] == 1 else without_options(body)
        )
        with pytest.raises(Poison, match="as it is sent"):
            await ask_about_a_large_image(detector)
