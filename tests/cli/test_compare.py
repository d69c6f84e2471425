"""`ivy-worker compare`, as a person types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_commands import ivy
from tests.shadow.pairs import line, scanned, verdict
from tests.support.kafka_broker import KafkaBroker

SCORES = ((0.1, 0.1), (0.1, 0.99), (0.9, 0.9), (0.5, 0.5))
"""Live and shadow; three labels of four agree."""


def write(folder: Path) -> tuple[str, str]:
    live, shadow = folder / "live.jsonl", folder / "shadow.jsonl"
    live.write_bytes(b"".join(line(verdict(n, one)) + b"\n" for n, (one, _) in enumerate(SCORES)))
    shadow.write_text(
        "".join(f"{scanned(verdict(n, two, shadow=True))}\n" for n, (_, two) in enumerate(SCORES)),
        encoding="utf-8",
    )
    return str(live), str(shadow)


def test_help_has_an_example() -> None:
    ended = ivy("compare", "--help")
    assert ended.returncode == 0
    assert "ivy-worker compare" in ended.stdout.split("Examples")[1]


def test_two_files_as_tables_and_as_a_page(tmp_path: Path) -> None:
    page = tmp_path / "shadow.html"
    ended = ivy("compare", *write(tmp_path), "--html", str(page))
    assert ended.returncode == 0, ended.stderr
    assert "Labels: 75.00% agree" in ended.stdout
    assert "Largest disagreements" in ended.stdout
    assert "Reading" not in ended.stdout
    assert "Reading" in ended.stderr
    assert "<script" not in page.read_text(encoding="utf-8")


def test_json_for_a_program(tmp_path: Path) -> None:
    ended = ivy("compare", *write(tmp_path), "--json", "--examples", "1")
    assert ended.returncode == 0, ended.stderr
    report = json.loads(ended.stdout)
    assert report["label"]["agreement"] == 0.75
    assert report["flips"] == [{"live": "allow", "shadow": "block", "count": 1, "share": 0.25}]
    assert [example["event_id"] for example in report["examples"]] == ["e1"]


@pytest.mark.parametrize(("share", "code"), [("0.75", 0), ("0.76", 1)])
def test_fail_under_is_for_ci(tmp_path: Path, share: str, code: int) -> None:
    ended = ivy("compare", *write(tmp_path), "--json", "--fail-under", share)
    assert ended.returncode == code
    assert json.loads(ended.stdout)["joined"] == 4
    assert ("75.0000% of 4 labels agree" in ended.stderr) is bool(code)


def test_nothing_in_common_is_no_agreement(tmp_path: Path) -> None:
    live, _ = write(tmp_path)
    other = tmp_path / "other.jsonl"
    other.write_bytes(line(verdict(99, 0.1, shadow=True)))
    ended = ivy("compare", live, str(other))
    assert ended.returncode == 1
    assert "nothing could be compared" in ended.stderr
    assert "4 only live, 1 only in the shadow" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["no/such/file", "x"], "no/such/file is no file that is there"),
        (["x", "y", "--since", "tomorrow"], "'tomorrow' is neither a time such as"),
        (["x", "y", "--html", "no/such/folder/a.html"], "--html: no/such/folder/a.html is no file"),
        (["x", "y", "--fail-under", "98"], "--fail-under"),
    ],
    ids=["origin", "since", "html", "share"],
)
def test_what_cannot_be_used_is_said_and_ends_with_2(arguments: list[str], words: str) -> None:
    ended = ivy("compare", *arguments)
    assert ended.returncode == 2
    assert words in ended.stderr


def test_since_leaves_older_uploads_out(tmp_path: Path) -> None:
    ended = ivy("compare", *write(tmp_path), "--json", "--since", "2026-01-02T12:00:02Z")
    report = json.loads(ended.stdout)
    assert report["joined"] == 2
    assert report["live"]["before"] == report["shadow"]["before"] == 2
    ended = ivy("compare", *write(tmp_path), "--since", "1s")
    assert ended.returncode == 1


@pytest.mark.kafka
def test_two_topics(kafka_broker: KafkaBroker) -> None:
    live, shadow = kafka_broker.topics().verdicts, kafka_broker.topics().verdicts
    for topic, side in ((live, 0), (shadow, 1)):
        verdicts = [verdict(n, pair[side], shadow=bool(side)) for n, pair in enumerate(SCORES)]
        kafka_broker.publish(
            topic,
            [*map(line, verdicts), line(verdicts[0])],
            keys=[b"%d" % n for n in (0, 1, 2, 3, 0)],
        )
    servers = ("--set", f"kafka.bootstrap_servers={kafka_broker.bootstrap}")
    ended = ivy("compare", f"kafka:{live}", shadow, "--json", *servers)
    assert ended.returncode == 0, ended.stderr
    report = json.loads(ended.stdout)
    assert report["label"]["agreement"] == 0.75
    assert report["live"]["name"] == f"kafka:{live}"
    assert report["live"]["duplicates"] == report["shadow"]["duplicates"] == 1
    ended = ivy("compare", live, "no-such-topic", "--json", *servers)
    assert ended.returncode == 1
    assert "there is no topic 'no-such-topic' (nor such a file)" in ended.stderr
