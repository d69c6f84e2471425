"""The trace of an upload, from the service that takes it to the one that reads the verdict."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pytest
from rich.console import Console

from scripts.trace.collected import CollectedSpan, read_spans
from scripts.trace.collector import collector
from scripts.trace.platform import Platform
from scripts.trace.tree import trace_tree
from tests.support.kafka_broker import KafkaBroker
from tests.support.media import image_file
from tests.support.media_server import MediaServer
from tests.support.redis_server import RedisServer
from tests.support.worker_process import WorkerProcess, from_this_machine

pytestmark = [pytest.mark.e2e, pytest.mark.kafka, pytest.mark.redis, pytest.mark.vllm]

ANSWER_S = 120


@pytest.mark.timeout(600)
async def test_one_trace_holds_an_upload_and_its_verdict(
    kafka_broker: KafkaBroker,
    shared_redis: RedisServer,
    media_server: MediaServer,
    tmp_path: Path,
) -> None:
    config = kafka_broker.config(kafka_broker.topics(partitions=1))
    topics = config.topics
    with collector(tmp_path) as collected:
        worker = WorkerProcess(
            config,
            shared_redis.url,
            tmp_path / "worker.log",
            extra=[
                f"cache.prefix={tmp_path.name}",
                "telemetry.traces=otlp",
                f"telemetry.otlp_endpoint={collected.http}",
                "telemetry.engine_traces=true",
                *from_this_machine(media_server.port),
            ],
        )
        worker.start()
        platform = Platform(collected.http, {"bootstrap_servers": [kafka_broker.bootstrap]})
        there = media_server.put("cat", image_file(0.8)) + "?signature=hush"
        gone = f"{media_server.origin}/files/gone?signature=hush"
        try:
            await asyncio.to_thread(worker.wait_ready)
            good = await upload(platform, topics.uploads, "good", there)
            await asyncio.to_thread(platform.read, topics.verdicts, ANSWER_S)
            bad = await upload(platform, topics.uploads, "bad", gone)
            await asyncio.to_thread(platform.read, topics.dead_letters, ANSWER_S)
            assert await asyncio.to_thread(worker.stop) == 0, worker.log.read_text()
        finally:
            worker.kill()
        collected.stop()
        spans = read_spans(collected.file)

    trace = Trace(spans, good)
    sent = trace.one("POST /upload", f"send {topics.uploads}")
    process = trace.child(sent, f"process {topics.uploads}", "CONSUMER")
    for stage in ("validate", "wait", "fetch"):
        trace.child(process, stage)
    answer = trace.child(process, "answer")
    trace.child(answer, "decode")
    question = trace.child(trace.child(answer, "engine"), "chat ivy-worker/tiny")
    assert question.attributes["gen_ai.usage.output_tokens"] > 0
    # vLLM's own span, from its own process.
    by_vllm = trace.child(question, "llm_request", "SERVER")
    assert by_vllm.service == "ivy-worker-engine"
    assert by_vllm.attributes["gen_ai.usage.completion_tokens"] > 0
    verdict = trace.child(process, f"send {topics.verdicts}", "PRODUCER")
    enforced = trace.child(verdict, f"process {topics.verdicts}", "CONSUMER")
    assert enforced.service == "enforcement"
    (poll,) = [span for span in spans if (good, sent.span_id) in span.links]
    assert poll.name == f"poll {topics.uploads}"
    assert (poll.trace_id, poll.span_id) in process.links
    (commit,) = [span for span in spans if (good, process.span_id) in span.links]
    assert commit.name == f"commit {topics.uploads}"

    trace = Trace(spans, bad)
    process = trace.child(
        trace.one("POST /upload", f"send {topics.uploads}"), f"process {topics.uploads}"
    )
    fetch = trace.child(process, "fetch")
    assert process.failed
    assert fetch.failed
    assert process.attributes["ivy.outcome"] == "dead_letter"
    assert process.attributes["error.type"] == "media_not_found"
    letter = trace.child(process, f"send {topics.dead_letters}", "PRODUCER")
    trace.child(letter, f"process {topics.dead_letters}", "CONSUMER")

    assert "hush" not in collected.file.read_text()
    shown = io.StringIO()
    Console(file=shown, width=200).print(trace_tree(spans, good))
    assert f"linked: commit {topics.uploads}" in shown.getvalue()


async def upload(platform: Platform, topic: str, event_id: str, url: str) -> str:
    event = {"event_id": event_id, "content_id": "c", "media": {"url": url}}
    return await asyncio.to_thread(platform.upload, topic, event)


class Trace:
    """The spans of one trace."""

    def __init__(self, spans: list[CollectedSpan], trace_id: str) -> None:
        self._spans = [span for span in spans if span.trace_id == trace_id]

    def one(self, root: str, name: str) -> CollectedSpan:
        """A child of the root."""
        (found,) = [span for span in self._spans if not span.parent_id]
        assert found.name == root
        return self.child(found, name)

    def child(self, parent: CollectedSpan, name: str, kind: str | None = None) -> CollectedSpan:
        """The only child of a name."""
        (found,) = [
            span for span in self._spans if span.parent_id == parent.span_id and span.name == name
        ]
        assert kind in {None, found.kind}
        return found
