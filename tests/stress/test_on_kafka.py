"""The command on a real Kafka where no worker runs."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.cli.test_commands import ivy
from tests.support.kafka_broker import KafkaBroker
from tests.support.media import image_file
from tests.support.ports import free_port
from worker.cli.main import app
from worker.domain.record import Record
from worker.events.codec import EventCodec
from worker.stream.kafka.consumer import as_record
from worker.stream.kafka.topic_names import TopicNames

WIDE = {"COLUMNS": "200", "TERMINAL_WIDTH": "200"}


@dataclass
class Desk:
    """A cluster, and somebody in front of it."""

    broker: KafkaBroker
    topics: TopicNames
    folder: Path

    @property
    def report(self) -> Path:
        return self.folder / "report.json"

    def arguments(self, *arguments: str, bootstrap: str | None = None) -> list[str]:
        assignments = {
            "kafka.bootstrap_servers": bootstrap or self.broker.bootstrap,
            "kafka.topics.uploads": self.topics.uploads,
            "kafka.topics.backfill": self.topics.backfill,
            "kafka.topics.verdicts": self.topics.verdicts,
            "kafka.topics.dead_letters": self.topics.dead_letters,
            "kafka.topics.retries": "",
        }
        settings = [
            part for name, value in assignments.items() for part in ("-s", f"{name}={value}")
        ]
        return ["stress", "--json", str(self.report), *arguments, *settings]

    def stress(
        self, *arguments: str, bootstrap: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        return ivy(*self.arguments(*arguments, bootstrap=bootstrap))

    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.report.read_text())
        return found

    def sent(self, topic: str | None = None) -> list[Record]:
        return [as_record(one) for one in self.broker.read_all(topic or self.topics.uploads)]


@pytest.fixture
def desk(kafka_broker: KafkaBroker, tmp_path: Path) -> Desk:
    return Desk(kafka_broker, kafka_broker.topics(partitions=2, backfill=True), tmp_path)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--duration", "soon"], "30s"),
        (["--duration", "0s"], "--duration"),
        (["--duration", "5s", "--ramp", "5s"], "--ramp"),
        (["--duration", "5s", "--timeout", "0"], "--timeout"),
        (["--duration", "5s", "--tenant", ""], "--tenant"),
        (["--duration", "5s", "--image-share", "0.5", "--clip-share", "0.1"], "add up to 1"),
        (["--duration", "5s", "--folder", ".", "--clip-share", "0.1"], "not of --folder"),
        (["--duration", "5s", "--serve", "8099"], "HOST:PORT"),
        (["--duration", "5s", "--serve", "0.0.0.0:8099"], "--media-url"),
        (["--duration", "5s", "--media-url", "https://cdn.example.com"], "--folder"),
        (["--duration", "5s", "--media-url", "ftp://x", "--folder", "."], "http(s)"),
        (["--duration", "5s", "--expect", "p98_ms<=5"], "p98_ms"),
        (["--duration", "5s", "--json", "."], "--json"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_does_not_make_sense_is_told_before_settings_are_read(
    arguments: list[str], said: str
) -> None:
    arguments = ["stress", "--rate", "1", *arguments, "--config", "nowhere.yaml"]
    ended = CliRunner().invoke(app, arguments, env=WIDE)
    assert ended.exit_code == 2
    assert said in ended.stderr


def test_help_has_examples_and_names_the_exit_code() -> None:
    ended = CliRunner().invoke(app, ["stress", "--help"], env=WIDE)
    assert ended.exit_code == 0
    assert "ivy-worker stress --rate" in ended.stdout.split("Examples")[1]
    assert "Exit code 4" in ended.stdout


@pytest.mark.kafka
def test_without_a_worker_all_are_lost_and_it_says_so(desk: Desk) -> None:
    ended = desk.stress("--rate", "30", "--duration", "2s", "--timeout", "2s", "--clip-share", "0")
    assert ended.returncode == 4, ended.stderr
    assert "Does a worker run in group" in ended.stderr
    told = desk.told()
    sent = told["sending"]["sent"]
    assert told["outcomes"]["lost"] == sent > 0
    assert told["lag"]["at_end"] == sent
    assert [one["text"] for one in told["expectations"] if not one["holds"]] == ["lost==0"]

    records = desk.sent()
    assert len(records) == sent
    uploads = [EventCodec().read_upload(record) for record in records]
    assert {upload.event_id for upload in uploads} == {
        f"{told['run']}-{number}" for number in range(sent)
    }
    assert {upload.tenant for upload in uploads} == {"stress"}
    assert {json.dumps(upload.context) for upload in uploads} == {
        json.dumps({"stress": told["run"]})
    }
    contents = {upload.media.inline for upload in uploads}
    assert len(contents) == told["sending"]["new_contents"] < sent
    # Sent when they were due, as far as the machine lets it: not all at once.
    moments = sorted(record.timestamp_ms or 0 for record in records)
    assert 1000 < moments[-1] - moments[0] < 10_000


@pytest.mark.kafka
def test_bounds_that_hold_leave_the_exit_code_alone(desk: Desk) -> None:
    ended = desk.stress(
        *("--rate", "20", "--duration", "1s", "--timeout", "1s", "--clip-share", "0"),
        *("--expect", "refused==0", "--expect", "lost<=100%", "--arrivals", "even"),
    )
    assert ended.returncode == 0, ended.stderr
    assert desk.told()["sending"]["sent"] == 20


@pytest.mark.kafka
def test_the_backfill_lane_and_a_persons_own_files(desk: Desk) -> None:
    mine = desk.folder / "mine"
    mine.mkdir()
    for number in range(3):
        (mine / f"{number}.png").write_bytes(image_file(0.5, seed=number))
    ended = desk.stress(
        *("--rate", "20", "--duration", "1s", "--timeout", "1s", "--arrivals", "even"),
        *("--folder", str(mine), "--duplicates", "0", "--lane", "backfill", "--tenant", "load"),
    )
    assert ended.returncode == 4
    assert "All 3 files were shown" in ended.stderr
    assert not desk.sent()
    assert desk.topics.backfill is not None
    uploads = [EventCodec().read_upload(one) for one in desk.sent(desk.topics.backfill)]
    assert len(uploads) == 20
    assert {upload.tenant for upload in uploads} == {"load"}
    assert {upload.media.inline for upload in uploads} == {
        path.read_bytes() for path in mine.iterdir()
    }


@pytest.mark.kafka
def test_a_dry_run_shows_an_event_and_publishes_nothing(desk: Desk) -> None:
    ended = desk.stress("--rate", "5", "--duration", "1m", "--clip-share", "0", "--dry-run")
    assert ended.returncode == 0, ended.stderr
    event = json.loads(ended.stdout)
    assert event["tenant"] == "stress"
    assert "about 300 uploads" in ended.stderr
    assert desk.topics.uploads in ended.stderr
    assert not desk.sent()
    assert not desk.report.exists()


@pytest.mark.kafka
def test_a_cluster_elsewhere_needs_a_yes(desk: Desk) -> None:
    port = desk.broker.bootstrap.rpartition(":")[2]
    elsewhere = f"{socket.gethostname()}:{port}"
    ended = desk.stress("--rate", "5", "--duration", "1s", bootstrap=elsewhere)
    assert ended.returncode == 2
    assert "--yes" in ended.stderr
    for said in (elsewhere, desk.topics.uploads, "about 5 uploads", "tenant stress"):
        assert said in ended.stderr
    assert not desk.sent()


def test_a_broker_that_is_away_is_named(tmp_path: Path) -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    ended = ivy(
        *("stress", "--rate", "5", "--duration", "1s", "--clip-share", "0"),
        *("-s", f"kafka.bootstrap_servers={nowhere}", "-s", "kafka.connect_timeout_ms=1000"),
    )
    assert ended.returncode == 1
    assert nowhere in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.kafka
def test_a_port_that_is_taken_is_told(desk: Desk) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = desk.stress(
            *("--rate", "5", "--duration", "1s", "--clip-share", "0"),
            *("--serve", f"127.0.0.1:{port}"),
        )
    assert ended.returncode == 1
    assert f"--serve 127.0.0.1:{port}" in ended.stderr
    assert not desk.sent()


@pytest.mark.kafka
def test_ctrl_c_ends_it_with_a_report_and_leaves_nothing_behind(desk: Desk) -> None:
    port = free_port()
    arguments = desk.arguments(
        *("--rate", "20", "--duration", "10m", "--clip-share", "0"),
        *("--serve", f"127.0.0.1:{port}"),
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "worker", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, **WIDE},
    )
    try:
        deadline = time.monotonic() + 120
        while len(desk.sent()) < 20:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.3)
        url = EventCodec().read_upload(desk.sent()[0]).media.url
        assert url is not None
        with urllib.request.urlopen(url, timeout=10) as answer:
            assert answer.read().startswith(b"\xff\xd8")
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does it: all of the group
        begun = time.monotonic()
        out, err = process.communicate(timeout=60)
        assert time.monotonic() - begun < 30
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 130, err
    assert "Interrupted" in err
    told = desk.told()
    assert told["interrupted"] is True
    assert told["sending"]["sent"] == len(desk.sent()) >= 20
    assert told["outcomes"]["pending"] == told["sending"]["sent"]
    assert told["outcomes"]["lost"] == 0
    assert told["run"] in out
    with socket.socket() as sock:
        assert sock.connect_ex(("127.0.0.1", port)) != 0, "media are still served"
