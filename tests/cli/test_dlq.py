"""`ivy-worker dlq` as an operator types it, on a real Kafka."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.cli.test_commands import ivy
from tests.dead_letters.letters import letter_message
from tests.dead_letters.topic import as_records, break_batch, publish
from tests.support.factories import make_record, make_upload
from tests.support.kafka_broker import KafkaBroker
from tests.support.ports import free_port
from worker.cli.main import app
from worker.domain.failure import Reason
from worker.domain.record import Message, Record
from worker.stream.kafka.topic_names import TopicNames

WIDE = {"COLUMNS": "200", "TERMINAL_WIDTH": "200"}


@dataclass
class Desk:
    """Somebody on call, in front of a dead-letter topic."""

    broker: KafkaBroker
    topics: TopicNames

    def fill(self, *messages: Message, partition: int = 0) -> None:
        publish(self.broker.bootstrap, self.topics.dead_letters, messages, partition=partition)

    def letter(self, number: int = 0, **changes: object) -> Message:
        upload = make_upload(event_id=f"e-{number}")
        record = make_record(upload, topic=self.topics.uploads, key=b"k", offset=number)
        return letter_message(record, event_id=f"e-{number}", **changes)

    def settings(self) -> list[str]:
        assignments = {
            "kafka.bootstrap_servers": self.broker.bootstrap,
            "kafka.topics.uploads": self.topics.uploads,
            "kafka.topics.dead_letters": self.topics.dead_letters,
        }
        return [part for name, value in assignments.items() for part in ("-s", f"{name}={value}")]

    def dlq(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return ivy("dlq", *arguments, *self.settings())

    def uploads(self) -> list[Record]:
        return as_records(self.broker.read_all(self.topics.uploads))


@pytest.fixture
def desk(kafka_broker: KafkaBroker) -> Desk:
    return Desk(kafka_broker, kafka_broker.topics(partitions=2))


@pytest.mark.parametrize("command", ["ls", "show", "replay"])
def test_help_has_an_example(command: str) -> None:
    ended = CliRunner().invoke(app, ["dlq", command, "--help"], env=WIDE)
    assert ended.exit_code == 0
    assert f"ivy-worker dlq {command}" in ended.stdout.split("Examples")[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ls", "--reason", "sunspots"], "fetch_failed"),
        (["ls", "--since", "noon"], "2h"),
        (["ls", "--since", "1h", "--until", "2h"], "--since must be before --until"),
        (["ls", "--offset", "3"], "--offset needs --partition"),
        (["show"], "show needs a letter"),
        (["show", "3-7"], "PARTITION@OFFSET"),
        (["show", "--tenant", "acme", "--raw", "x"], "--raw needs one letter"),
        (["replay", "--group", "g", "--partition", "0", "--offset", "1"], "not both"),
        (["replay", "--rate", "0"], "--rate"),
    ],
    ids=" ".join,
)
def test_what_does_not_make_sense_is_told_before_settings_are_read(
    arguments: list[str], said: str
) -> None:
    arguments = ["dlq", *arguments, "--config", "nowhere.yaml"]
    ended = CliRunner().invoke(app, arguments, env=WIDE)
    assert ended.exit_code == 2
    assert said in ended.stderr


def test_a_replay_does_not_take_the_workers_group_or_write_among_the_letters() -> None:
    ended = ivy("dlq", "replay", "--group", "ivy-worker")
    assert (ended.returncode, "kafka.consumer.group_id" in ended.stderr) == (2, True)
    ended = ivy("dlq", "replay", "--to", "media.uploads.dlq")
    assert (ended.returncode, "kafka.topics.dead_letters" in ended.stderr) == (2, True)


def test_a_broker_that_is_away_is_named() -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    timeout = "kafka.connect_timeout_ms=1000"
    ended = ivy("dlq", "ls", "-s", f"kafka.bootstrap_servers={nowhere}", "-s", timeout)
    assert ended.returncode == 1
    assert nowhere in ended.stderr
    assert "kafka.bootstrap_servers" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.kafka
def test_ls_lists_filters_and_counts(desk: Desk) -> None:
    evil = "\x1b]0;owned\x07"
    desk.fill(
        desk.letter(0),
        desk.letter(1, reason=Reason.NOT_JSON, detail=evil, tenant=None),
        Message(desk.letter().outlet, b"no letter"),
    )
    desk.fill(desk.letter(2, tenant="other"), partition=1)

    ended = desk.dlq("ls")
    assert ended.returncode == 0, ended.stderr
    rows = [line.split("\t") for line in ended.stdout.splitlines()]
    assert [row[0] for row in rows] == ["0@0", "0@1", "1@0"]
    assert [row[3] for row in rows] == ["e-0", "e-1", "e-2"]
    assert rows[1][-1] == "\\x1b]0;owned\\x07"
    assert "1 records" in ended.stderr

    ended = desk.dlq("ls", "--json", "--reason", "not_json", "--reason", "internal")
    (found,) = map(json.loads, ended.stdout.splitlines())
    assert (found["event_id"], found["detail"], found["partition"]) == ("e-1", evil, 0)
    assert found["origin"]["topic"] == desk.topics.uploads

    ended = desk.dlq("ls", "--json", "--tenant", "acme", "--since", "2026-01-02", "--limit", "1")
    assert [json.loads(line)["event_id"] for line in ended.stdout.splitlines()] == ["e-0"]
    assert desk.dlq("ls", "--until", "2026-01-02T12:00").stdout == ""

    ended = desk.dlq("ls", "--summary", "--json")
    reasons = json.loads(ended.stdout)["reasons"]
    assert {name: group["letters"] for name, group in reasons.items()} == {
        "fetch_failed": 2,
        "not_json": 1,
    }


@pytest.mark.kafka
def test_show_tells_everything_and_writes_the_payload(desk: Desk, tmp_path: Path) -> None:
    desk.fill(desk.letter(0), desk.letter(1))
    raw = tmp_path / "event.json"
    ended = desk.dlq("show", "0@1", "--raw", str(raw))
    assert ended.returncode == 0, ended.stderr
    assert f"letter: {desk.topics.dead_letters}[0]@1" in ended.stdout
    assert "reason: fetch_failed" in ended.stdout
    assert '\n  "event_id": "e-1",\n' in ended.stdout
    assert json.loads(raw.read_bytes()) == make_upload(event_id="e-1")
    assert "reason: fetch_failed" in desk.dlq("show", "--event-id", "e-0").stdout

    ended = desk.dlq("show", "0@7")
    assert ended.returncode == 1
    assert "there is no letter 0@7" in ended.stderr
    ended = desk.dlq("show", "9@0")
    assert ended.returncode == 1
    assert "no partition 9" in ended.stderr


@pytest.mark.kafka
def test_replay_brings_events_back(desk: Desk) -> None:
    desk.fill(desk.letter(0), letter_message(make_record(b"", span=4)), desk.letter(2))
    ended = desk.dlq("replay", "--dry-run")
    assert ended.returncode == 1
    assert f"0@0 -> {desk.topics.uploads} (replay 1)" in ended.stdout
    assert "2 would be replayed; 1 refused (damaged_batch 1); 3 read" in ended.stdout
    assert "0@1 refused (damaged_batch)" in ended.stderr
    assert desk.uploads() == []

    ended = desk.dlq("replay", "--reason", "fetch_failed", "--event-id", "e-2", "--rate", "100")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "1 replayed; 3 read\n"
    (record,) = desk.uploads()
    assert json.loads(record.value or b"") == make_upload(event_id="e-2")

    ended = desk.dlq("replay", "--to", "nowhere", "--event-id", "e-0")
    assert ended.returncode == 1
    assert "'nowhere'" in ended.stderr


@pytest.mark.kafka
def test_ls_passes_by_what_no_client_can_read_and_says_so(desk: Desk) -> None:
    for number in range(3):
        desk.fill(desk.letter(number))
    break_batch(desk.broker.bootstrap, desk.topics.dead_letters, number=1)
    ended = desk.dlq("ls", "--json")
    assert ended.returncode == 1
    assert [json.loads(line)["offset"] for line in ended.stdout.splitlines()] == [0, 2]
    assert f"{desk.topics.dead_letters}[0]@1" in ended.stderr


@pytest.mark.kafka
@pytest.mark.parametrize(("answer", "code", "replayed"), [(b"y\n", 0, 1), (b"n\n", 1, 0)])
def test_replay_asks_on_a_terminal(desk: Desk, answer: bytes, code: int, replayed: int) -> None:
    desk.fill(desk.letter())
    keyboard, terminal = pty.openpty()
    process = start(desk, "replay", stdin=terminal)
    os.close(terminal)
    os.write(keyboard, answer)
    out, err = process.communicate(timeout=60)
    os.close(keyboard)
    assert process.returncode == code, (out, err)
    assert "out of at most 1" in err
    assert len(desk.uploads()) == replayed


@pytest.mark.kafka
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_replay_that_is_stopped_says_how_far_it_came(desk: Desk, number: signal.Signals) -> None:
    desk.fill(*map(desk.letter, range(50)))
    group = f"group-{desk.topics.uploads}"
    process = start(desk, "replay", "--rate", "10", "--group", group)
    deadline = time.monotonic() + 60
    while not desk.uploads() and time.monotonic() < deadline:
        time.sleep(0.2)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number, (out, err)
    count = len(desk.uploads())
    assert 1 <= count < 50
    assert out.startswith(f"{count} replayed; ")
    assert desk.broker.committed(group, desk.topics.dead_letters)[0] == count


def start(desk: Desk, *arguments: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "worker", "dlq", *arguments, *desk.settings()],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "200"},
    )
