"""A real OpenTelemetry Collector, which writes what it is sent into a file."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.ports import free_port, wait_for_port

PROGRAM = Path(__file__).parents[2] / ".cache" / "otelcol" / "bin" / "otelcol"
START_S, END_S = 60, 15


@dataclass
class Collector:
    """One that runs."""

    http: str
    """The URL that OTLP goes to by HTTP."""
    grpc: str
    file: Path
    """Lines of OTLP JSON, a second after they came."""
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """End it, with all that it has in the file."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(END_S)


@contextmanager
def collector(folder: Path) -> Iterator[Collector]:
    """On free ports of this machine. Its file and its log are in ``folder``."""
    if not PROGRAM.exists():
        raise FileNotFoundError(f"{PROGRAM} is missing: run scripts/otelcol/build.sh")
    http, grpc, file = free_port(), free_port(), folder / "spans.jsonl"
    config = folder / "otelcol.json"  # which is YAML, too
    config.write_text(
        json.dumps(
            {
                "receivers": {
                    "otlp": {
                        "protocols": {
                            "http": {"endpoint": f"127.0.0.1:{http}"},
                            "grpc": {"endpoint": f"127.0.0.1:{grpc}"},
                        }
                    }
                },
                "exporters": {"file": {"path": str(file), "flush_interval": "200ms"}},
                "service": {
                    "pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["file"]}}
                },
            }
        ),
        encoding="utf-8",
    )
    with (folder / "otelcol.log").open("wb") as log:
        process = subprocess.Popen(
            [PROGRAM, "--config", str(config)], stdout=log, stderr=log, start_new_session=True
        )
    try:
        wait_for_port(http, process, START_S)
        wait_for_port(grpc, process, START_S)
        yield Collector(f"http://127.0.0.1:{http}", f"http://127.0.0.1:{grpc}", file, process)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
