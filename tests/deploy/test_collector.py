"""deploy/otelcol.yaml in a real collector: what a worker sends comes out at the other end."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scripts.trace.collector import PROGRAM
from tests.deploy.compose import ROOT, services
from tests.support.ports import free_port, wait_for_port
from worker.telemetry.config import Protocol, TelemetryConfig
from worker.telemetry.exporter import open_metrics
from worker.telemetry.open_tracing import open_tracing

FILE = ROOT / "deploy" / "otelcol.yaml"
START_S, END_S = 60, 15


def test_it_is_taken_as_it_is() -> None:
    assert PROGRAM.exists(), "the collector is missing: run `make parts`"
    ran = subprocess.run(
        [PROGRAM, "validate", "--config", FILE], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr


def test_its_files_have_room_in_the_service() -> None:
    text = FILE.read_text(encoding="utf-8")
    files = [line.split()[1] for line in text.splitlines() if line.strip().startswith("path:")]
    (tmpfs,) = services()["otelcol"]["tmpfs"]
    assert {Path(file).parent for file in files} == {Path(tmpfs.split(":")[0])}


@contextmanager
def collecting(folder: Path) -> Iterator[dict[str, str]]:
    """The URL of each protocol. Once it is over the files are whole. Ports and paths are ours."""
    ports = {"grpc": free_port(), "http/protobuf": free_port()}
    text = FILE.read_text(encoding="utf-8")
    for given, here in (
        ("0.0.0.0:4317", f"127.0.0.1:{ports['grpc']}"),
        ("0.0.0.0:4318", f"127.0.0.1:{ports['http/protobuf']}"),
        ("/var/lib/otelcol", str(folder)),
    ):
        assert given in text
        text = text.replace(given, here)
    config = folder / "otelcol.yaml"
    config.write_text(text, encoding="utf-8")
    with (folder / "otelcol.log").open("wb") as log:
        process = subprocess.Popen([PROGRAM, "--config", config], stdout=log, stderr=log)
    try:
        for port in ports.values():
            wait_for_port(port, process, START_S)
        yield {protocol: f"http://127.0.0.1:{port}" for protocol, port in ports.items()}
        process.terminate()
        process.wait(END_S)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


@pytest.mark.parametrize("protocol", ["http/protobuf", "grpc"])
async def test_traces_and_metrics_of_a_worker_each_come_into_their_file(
    tmp_path: Path, protocol: Protocol
) -> None:
    with collecting(tmp_path) as urls:
        settings = TelemetryConfig(
            traces="otlp",
            metrics_otlp=True,
            otlp_endpoint=urls[protocol],
            otlp_protocol=protocol,
            sample_ratio=1,
        )
        assert list(settings.faults()) == []
        tracing = open_tracing(settings)
        with tracing.span("a span of ours"):
            pass
        async with open_metrics(settings) as metrics:
            metrics.cache_error()
        await asyncio.to_thread(tracing.close)
    assert "a span of ours" in (tmp_path / "traces.jsonl").read_text(encoding="utf-8")
    lines = (tmp_path / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    names = {
        metric["name"]
        for line in lines
        for resource in json.loads(line)["resourceMetrics"]
        for scope in resource["scopeMetrics"]
        for metric in scope["metrics"]
    }
    assert {"ivy.cache.errors", "ivy.engine.ended"} <= names
