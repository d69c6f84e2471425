"""`ivy-worker data`, as a person types it; the decoder has looked already, and --facts has it."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from scripts.stand_ins.ivy_fake import archived
from tests.datasets.conftest import Looked
from tests.datasets.test_decisions import data_of, judged, said, sha_of
from tests.shadow.pairs import line
from tests.support.kafka_broker import KafkaBroker
from tests.support.stand_ins import StandIn
from worker.cli.data import app
from worker.datasets.check import CheckReport
from worker.labelled.reader import read_labelled


def data(*arguments: object) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, [str(one) for one in arguments])


def known(looked: Looked) -> tuple[object, ...]:
    return looked.root, "--facts", looked.file


@pytest.mark.parametrize(
    "command", ["extract", "check", "card", "filter", "split", "export", "decisions"]
)
def test_help_has_examples(command: str) -> None:
    ended = data(command, "--help")
    assert ended.exit_code == 0
    assert f"ivy-worker data {command}" in ended.stdout.split("Examples")[1]


def test_check_writes_a_report_and_fails_where_asked(looked: Looked, tmp_path: Path) -> None:
    to = tmp_path / "check.json"
    ended = data("check", *known(looked), "--to", to, "--json")
    assert ended.exit_code == 0, ended.stderr
    report = CheckReport.model_validate_json(to.read_bytes())
    assert json.loads(ended.stdout) == report.model_dump(mode="json")
    ended = data("check", *known(looked), "--fail-on", "contradictions,records,unreadable")
    assert ended.exit_code == 1
    assert "--fail-on: 1 contradictions, 2 unreadable" in ended.stderr
    assert "container" in ended.stdout
    assert data("check", *known(looked), "--fail-on", "records").exit_code == 0


def test_card_split_filter_and_export(looked: Looked, tmp_path: Path) -> None:
    assert data("card", *known(looked), "--to", tmp_path / "card").exit_code == 0
    assert (tmp_path / "card" / "index.html").is_file()
    kept = tmp_path / "kept.jsonl"
    ended = data("filter", *known(looked), "--to", kept)
    assert ended.exit_code == 0, ended.stderr
    assert "2 unreadable" in ended.stderr
    assert "1 frame size" in ended.stderr  # 128 x 96
    assert len(read_labelled(kept).items) == 50
    ended = data("check", kept, "--facts", looked.file)
    assert ended.exit_code == 0, ended.stderr
    assert "Looking" not in ended.stderr, "known by their paths, though the list names them anew"
    to = tmp_path / "split.jsonl"
    ended = data(
        *("split", *known(looked), "--to", to, "--hold-out-generators", "Pika"),
        *("--shares", "train=0.5,val=0.5"),
    )
    assert ended.exit_code == 0, ended.stderr
    assert "1 media of others look like a held-out one" in ended.stderr
    counts = Counter(item.split for item in read_labelled(to).items)
    assert counts["test"] == 4
    assert abs(counts["train"] - counts["val"]) <= 4
    ended = data("export", kept, "--to", tmp_path / "shards")
    assert ended.exit_code == 0, ended.stderr
    assert len(read_labelled(tmp_path / "shards").items) == 50


def test_extract_and_then_read(stand_in: StandIn, tmp_path: Path) -> None:
    root = tmp_path / "ivy-fake"
    shutil.copytree(stand_in("ivy-fake"), root)
    archived(root)
    assert not any(item.path.exists() for item in read_labelled(root).items)
    ended = data("extract", root / "media")
    assert ended.exit_code == 0, ended.stderr
    assert "6 files written, 0 there before" in ended.stderr
    assert all(item.path.is_file() for item in read_labelled(root).items)
    assert "0 files written, 6 there before" in data("extract", root / "media").stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["check", "no/such/set"], "there is no folder or file no/such/set"),
        (["check", ".", "--fail-on", "leaks,lakes"], "--fail-on: 'lakes' is none of unreadable"),
        (["check", ".", "--layout", "imagenet"], "'imagenet' is no layout; there are ivy-fake"),
        (["extract", "no/such.7z"], "no/such.7z is no file named .7z"),
        (["split", ".", "--to", "x.jsonl", "--shares", "train"], "is not as in train=0.8"),
        (["decisions", "a", "b", "--media", "no/such", "--to", "x"], "there is no folder no/such"),
    ],
    ids=["set", "fault", "layout", "archive", "shares", "media"],
)
def test_what_cannot_be_used_is_said_and_ends_with_2(arguments: list[str], words: str) -> None:
    ended = data(*arguments)
    assert ended.exit_code == 2, ended.output
    assert words in ended.stderr


@pytest.fixture
def store(tmp_path: Path) -> Path:
    folder = tmp_path / "store"
    folder.mkdir()
    for number in range(3):
        (folder / f"{sha_of(number)}.jpg").write_bytes(data_of(number))
    return folder


def test_decisions_from_files(store: Path, tmp_path: Path) -> None:
    verdicts, reviews, to = (tmp_path / name for name in ("v.jsonl", "r.jsonl", "list.jsonl"))
    verdicts.write_bytes(b"\n".join(line(judged(n)) for n in range(4)))
    reviews.write_bytes(b"\n".join(said("fake", sha256=sha_of(n)) for n in (0, 1, 3)))
    ended = data("decisions", verdicts, reviews, "--media", store, "--to", to)
    assert ended.exit_code == 0, ended.stderr
    assert "1 reviewed uploads are not in" in ended.stderr
    assert "Only reviewed uploads are here" in ended.stderr
    assert "75.0%" in ended.stdout
    assert len(read_labelled(to).items) == 2
    reviews.write_bytes(b"{}\n")
    ended = data("decisions", verdicts, reviews, "--media", store, "--to", tmp_path / "none.jsonl")
    assert ended.exit_code == 1
    assert not (tmp_path / "none.jsonl").exists()


@pytest.mark.kafka
def test_decisions_from_topics(kafka_broker: KafkaBroker, store: Path, tmp_path: Path) -> None:
    verdicts, reviews = kafka_broker.topics().verdicts, kafka_broker.topics().verdicts
    kafka_broker.publish(verdicts, [line(judged(n)) for n in range(3)])
    kafka_broker.publish(reviews, [said("real", sha256=sha_of(0)), said("fake", sha256=sha_of(2))])
    ended = data(
        *("decisions", f"kafka:{verdicts}", f"kafka:{reviews}"),
        *("--media", store, "--to", tmp_path / "list.jsonl"),
        *("--set", f"kafka.bootstrap_servers={kafka_broker.bootstrap}"),
    )
    assert ended.exit_code == 0, ended.stderr
    found = {
        item.path.name: item.label.value for item in read_labelled(tmp_path / "list.jsonl").items
    }
    assert found == {f"{sha_of(0)}.jpg": "real", f"{sha_of(2)}.jpg": "fake"}
