"""A real vLLM behind its own HTTP server, with the tiny checkpoint, on the CPU.

As a program, ``python -m tests.support.vllm_server PARENT PORT [FLAG ...]``: the head of the
server's process group, which it ends when the tests are gone.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.ports import free_port
from worker.detector.openai.config import RemoteConfig
from worker.detector.openai.detector import OpenAIDetector
from worker.detector.self_test import golden_media
from worker.domain.generation import Generation
from worker.models.spec import ModelSpec, load_spec
from worker.process.child import base_environment

MODEL = "tiny"
UP_WITHIN_S = 240.0
"""It takes 40 s on two cores that do nothing else."""
LAST_WORDS = 4000
CHECK_S = 0.5

FLAGS = (
    "--dtype=bfloat16",
    f"--max-model-len={load_spec(MODEL).context_tokens}",
    "--max-num-seqs=16",
    "--max-num-batched-tokens=2048",
    "--block-size=32",
    "--enforce-eager",
    "--scheduling-policy=priority",
    "--trust-request-mm-kwargs",
    "--generation-config=vllm",
    "--mm-processor-cache-gb=0",
    # For a judge: JSON may have spaces without end, and a model that knows nothing writes them.
    '--structured-outputs-config={"backend": "xgrammar", "disable_any_whitespace": true}',
)
"""What suits two cores without a GPU, and what docs/detector.md tells operators to set."""


@dataclass
class VllmServer:
    """One server."""

    port: int
    log: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def origin(self) -> str:
        """Its URL, without a path."""
        return f"http://127.0.0.1:{self.port}"

    def settings(self, **changes: object) -> RemoteConfig:
        """Settings that reach it."""
        values = {"base_url": f"{self.origin}/v1", "model": MODEL, "start_timeout_s": 60.0}
        return RemoteConfig.model_validate(values | changes)

    def start(self) -> None:
        """Start it, and wait until it is healthy."""
        environment = base_environment() | {
            "PYTHONPATH": str(Path.cwd()),
            "HF_HUB_OFFLINE": "1",
            "TORCHDYNAMO_DISABLE": "1",
            "VLLM_CPU_KVCACHE_SPACE": "1",
            "VLLM_LOGGING_LEVEL": "WARNING",
            "VLLM_NO_USAGE_STATS": "1",
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(os.getpid()), str(self.port), *FLAGS],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + UP_WITHIN_S
        while not self.healthy():
            ended = self.process.poll()
            assert ended is None, f"vLLM's server ended with {ended}:\n{self.last_words()}"
            late = time.monotonic() > deadline
            assert not late, f"vLLM's server is not up in {UP_WITHIN_S} s:\n{self.last_words()}"
            time.sleep(CHECK_S)

    def healthy(self) -> bool:
        """Whether it says so."""
        try:
            with urllib.request.urlopen(f"{self.origin}/health", timeout=5) as reply:
                return bool(reply.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def last_words(self) -> str:
        """The end of what it wrote."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-LAST_WORDS:]

    def stop(self) -> None:
        """Kill it, with all that it started."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


@pytest.fixture(scope="session")
def vllm_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VllmServer]:
    """For tests that leave it alive."""
    server = VllmServer(free_port(), tmp_path_factory.mktemp("vllm") / "log")
    try:
        server.start()
        yield server
    finally:
        server.stop()


@asynccontextmanager
async def started(
    settings: RemoteConfig, spec: ModelSpec | None = None
) -> AsyncIterator[OpenAIDetector]:
    """A detector of the tiny checkpoint, or of a spec like it."""
    detector = OpenAIDetector(spec or load_spec(MODEL), settings)
    try:
        await detector.start()
        yield detector
    finally:
        await detector.close()


async def ask_golden(detector: OpenAIDetector, priority: int = 0) -> Generation:
    """Its answer about the first golden media."""
    spec = load_spec(MODEL)
    with golden_media(spec.golden[0], spec) as media:
        return await detector.generate(media, priority=priority)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def openai_detector(vllm_server: VllmServer) -> AsyncIterator[OpenAIDetector]:
    """For tests that leave it alive, and run on the session's event loop."""
    async with started(vllm_server.settings()) as detector:
        yield detector


def main() -> int:
    """Run the server, for as long as the parent lives."""
    parent, port, *flags = sys.argv[1:]
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "vllm.entrypoints.openai.api_server"),
            *("--model", load_spec(MODEL).location, "--served-model-name", MODEL),
            *("--host", "127.0.0.1", "--port", port),
            *flags,
        ]
    )
    while server.poll() is None:
        if os.getppid() != int(parent):
            os.killpg(os.getpgrp(), signal.SIGKILL)
        time.sleep(CHECK_S)
    return server.returncode


if __name__ == "__main__":
    sys.exit(main())
