"""What an engine is told of the span that it is asked in."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.support.spans import RecordedSpans, context_of
from worker.detector.openai.config import RemoteConfig
from worker.detector.openai.server import Server
from worker.detector.vllm.config import EngineConfig
from worker.detector.vllm.environment import engine_environment
from worker.telemetry.engine_traces import EngineTraces

TRACES = EngineTraces("http://collector:4318/v1/traces", "http/protobuf")

REPLY: dict[str, Any] = {
    "choices": [{"message": {"content": "<conclusion>real"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1},
}


@pytest.mark.parametrize("traces", [TRACES, None])
async def test_a_server_gets_the_span_only_where_that_is_asked_for(
    traces: EngineTraces | None,
) -> None:
    told: list[dict[str, str]] = []

    async def answer(request: web.Request) -> web.Response:
        told.append({name.lower(): value for name, value in request.headers.items()})
        return web.json_response(REPLY)

    app = web.Application()
    app.router.add_post("/v1/chat/completions", answer)
    recorded = RecordedSpans()
    async with TestServer(app) as server:
        config = RemoteConfig(base_url=f"http://127.0.0.1:{server.port}/v1")
        client = Server(config, "m", traces)
        with recorded.tracing.span("chat m"):
            await client.ask(b"{}")
        await client.close()
    (headers,) = told
    assert headers["content-type"] == "application/json"
    span = context_of(recorded.one("chat m"))
    if traces is None:
        assert "traceparent" not in headers
    else:
        assert headers["traceparent"].startswith(f"00-{span.trace_id:032x}-{span.span_id:016x}-0")


def test_the_collectors_secrets_go_to_an_engine_that_traces_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=secret")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "ivy-worker")
    assert not [name for name in engine_environment(EngineConfig()) if name.startswith("OTEL_")]
    seen = engine_environment(EngineConfig(), TRACES)
    assert seen["OTEL_EXPORTER_OTLP_HEADERS"] == "authorization=secret"
    assert seen["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"] == "http/protobuf"
    assert seen["OTEL_SERVICE_NAME"] == "ivy-worker-engine"
