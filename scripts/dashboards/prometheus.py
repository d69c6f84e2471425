"""A Prometheus: asked for figures, or run here on targets of its own."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
PROGRAMS = ROOT / ".cache" / "prometheus" / "bin"
RULES = ROOT / "charts" / "ivy-worker" / "rules" / "ivy-worker.yaml"
ANSWER_S = 30
READY_S = 30


@dataclass(frozen=True, slots=True)
class Line:
    """One series of an answer: its labels, and its figures at Unix times."""

    labels: dict[str, str]
    times: tuple[float, ...]
    figures: tuple[float, ...]


class QueryRefused(Exception):
    """Prometheus does not take an expression."""


@dataclass(frozen=True, slots=True)
class Prometheus:
    """The HTTP API of one server."""

    url: str

    def now(self, expression: str, at: float) -> list[Line]:
        """Figures at one time. Raises ``QueryRefused``."""
        found = self._ask("query", query=expression, time=str(at))
        if found["resultType"] == "scalar":
            return [Line({}, (at,), (float(found["result"][1]),))]
        return [Line(one["metric"], (at,), (float(one["value"][1]),)) for one in found["result"]]

    def over(self, expression: str, start: float, end: float, step: float) -> list[Line]:
        """Figures from one time to another. Raises ``QueryRefused``."""
        found = self._ask(
            "query_range", query=expression, start=str(start), end=str(end), step=str(step)
        )
        return [
            Line(
                one["metric"],
                tuple(float(when) for when, _ in one["values"]),
                tuple(float(figure) for _, figure in one["values"]),
            )
            for one in found["result"]
        ]

    def rules(self) -> list[dict[str, Any]]:
        """Those that it has loaded, each with its last error."""
        return [rule for group in self._ask("rules")["groups"] for rule in group["rules"]]

    def ready(self) -> bool:
        """Whether it answers."""
        try:
            with urllib.request.urlopen(f"{self.url}/-/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def _ask(self, what: str, **parameters: str) -> Any:
        query = urllib.parse.urlencode(parameters)
        try:
            with urllib.request.urlopen(
                f"{self.url}/api/v1/{what}?{query}", timeout=ANSWER_S
            ) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            with error:
                raise QueryRefused(json.load(error)["error"]) from error


@contextmanager
def running(
    folder: Path, port: int, targets: Mapping[str, str], *, every_s: float = 1
) -> Iterator[Prometheus]:
    """One on this machine, which reads ``targets`` (pod by address) and has our rules.

    Raises ``AssertionError`` with its log where it does not come up.
    """
    config = folder / "prometheus.yaml"
    config.write_text(
        yaml.safe_dump(
            {
                "global": {
                    "scrape_interval": f"{int(every_s * 1000)}ms",
                    "scrape_timeout": f"{int(every_s * 1000)}ms",
                    "evaluation_interval": "5s",
                },
                "rule_files": [str(RULES)],
                "scrape_configs": [
                    {
                        "job_name": "ivy-worker",
                        "static_configs": [
                            {"targets": [address], "labels": {"namespace": "media", "pod": pod}}
                            for address, pod in targets.items()
                        ],
                    }
                ],
            }
        ),
        encoding="utf-8",
    )
    log = folder / "prometheus.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                PROGRAMS / "prometheus",
                f"--config.file={config}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=output,
            stderr=output,
        )
    try:
        found = Prometheus(f"http://127.0.0.1:{port}")
        deadline = time.monotonic() + READY_S
        while not found.ready():
            assert process.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
            time.sleep(0.1)
        yield found
    finally:
        process.terminate()
        process.wait()
