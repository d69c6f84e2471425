"""The commands, as a person types them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

from tests.support.factories import make_verdict
from tests.support.media import image_file, video_file
from tests.support.ports import free_port
from tests.support.worker_process import engine_assignments
from worker import __version__

COMMANDS = (
    ["run"],
    ["scan"],
    ["demo"],
    ["doctor"],
    ["config", "check"],
    ["config", "show"],
    ["config", "schema"],
    ["schema", "export"],
)


def ivy(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    import os

    return subprocess.run(
        [sys.executable, "-m", "worker", *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "COLUMNS": "200", **(env or {})},
    )


def tiny() -> list[str]:
    return [
        part
        for assignment in ("model.spec=tiny", *engine_assignments())
        for part in ("--set", assignment)
    ]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_has_an_example(command: list[str]) -> None:
    ended = ivy(*command, "--help")
    assert ended.returncode == 0
    assert f"ivy-worker {' '.join(command)}" in ended.stdout.split("Examples")[1]


@pytest.mark.parametrize("command", [["run"], ["doctor", "--links"]], ids=" ".join)
def test_a_client_that_is_not_installed_is_told_by_its_setting(command: list[str]) -> None:
    program = (
        "from importlib import util; found = util.find_spec\n"
        "util.find_spec = lambda name, *of: None if name == 'confluent_kafka' else"
        " found(name, *of)\n"
        "import sys; sys.argv[0] = 'ivy-worker'\n"
        "from worker.cli.main import main; main()\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, *command, "--set", "stream.client=confluent"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == (2 if command == ["run"] else 1)
    said = " ".join((ended.stdout + ended.stderr).split())
    assert "stream.client=confluent needs confluent_kafka" in said
    assert "pip install '.[confluent]'" in said


def test_the_version() -> None:
    assert ivy("--version").stdout == f"ivy-worker {__version__}\n"


def test_config_check_says_what_does_not_fit_and_ends_with_2(tmp_path: Path) -> None:
    assert ivy("config", "check").returncode == 0
    config = tmp_path / "worker.yaml"
    config.write_text("flow: {drain_timeout_s: 300}\n", encoding="utf-8")
    ended = ivy("config", "check", "--config", str(config))
    assert ended.returncode == 2
    assert "flow.drain_timeout_s" in ended.stderr


def test_config_check_reads_the_baseline_of_the_drift(tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.json"
    ended = ivy("config", "check", "--set", f"policy.drift.baseline={baseline}")
    assert ended.returncode == 2
    assert "ivy-worker drift baseline" in ended.stderr
    baseline.write_text("{}", encoding="utf-8")
    ended = ivy("config", "check", "--set", f"policy.drift.baseline={baseline}")
    assert ended.returncode == 2
    assert f"{baseline} is no baseline" in ended.stderr


def test_config_show_masks_secrets() -> None:
    ended = ivy("config", "show", "--set", "cache.url=redis://:hunter2@h/0")
    assert ended.returncode == 0
    assert "hunter2" not in ended.stdout
    assert yaml.safe_load(ended.stdout)["cache"]["url"] == "**********"


def test_config_schema_is_a_json_schema() -> None:
    schema = json.loads(ivy("config", "schema").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)


def test_the_exported_schemas_fit_the_events(tmp_path: Path) -> None:
    assert ivy("schema", "export", "--to", str(tmp_path)).returncode == 0
    verdict = json.loads((tmp_path / "verdict.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(make_verdict().model_dump(mode="json"), verdict)
    upload = json.loads((tmp_path / "upload.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(
        {"event_id": "1", "content_id": "2", "media": {"url": "https://x/y"}}, upload
    )
    assert set(json.loads(ivy("schema", "export").stdout)) == {"upload", "verdict"}


def test_a_model_spec_that_is_nowhere_is_an_error_of_the_settings(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(image_file(0.9))
    ended = ivy("scan", str(tmp_path), "--set", "model.spec=huge")
    assert ended.returncode == 2
    assert "neither one of ivy-fake, " in ended.stderr


@pytest.mark.parametrize("named", ["nowhere.png", "."])
def test_nothing_to_scan_is_an_error(tmp_path: Path, named: str) -> None:
    ended = ivy("scan", str(tmp_path / named))
    assert ended.returncode == 2
    assert "there is no file" in ended.stderr


@pytest.mark.vllm
def test_scan_gives_a_table_json_lines_and_a_page(tmp_path: Path) -> None:
    media = tmp_path / "media"
    media.mkdir()
    (media / "red.jpg").write_bytes(image_file(0.9, "JPEG"))
    (media / "blue.png").write_bytes(image_file(-0.9))
    (media / "again.png").write_bytes(image_file(-0.9))
    (media / "clip.mp4").write_bytes(video_file(-0.9))
    (media / "<b>notes.txt").write_text("no picture", encoding="utf-8")
    page = tmp_path / "report.html"
    ended = ivy("scan", str(media), "--json", "--report", str(page), *tiny())
    assert ended.returncode == 1, ended.stderr  # one of them is no media
    found = {line["target"]: line for line in map(json.loads, ended.stdout.splitlines())}
    labels = {name: line.get("label") for name, line in found.items()}
    assert labels == {
        "red.jpg": "authentic",
        "blue.png": "ai_generated",
        "again.png": "ai_generated",
        "clip.mp4": "ai_generated",
        "<b>notes.txt": None,
    }
    assert found["<b>notes.txt"]["failure"]["reason"] == "media_unsupported"
    cached = [found[name]["cache"]["cached"] for name in ("blue.png", "again.png")]
    assert sorted(cached) == [False, True]
    html = page.read_text(encoding="utf-8")
    assert html.count("<article>") == 5
    assert html.count("data:image/jpeg;base64,") == 4
    assert "&lt;b&gt;notes.txt" in html
    assert "<b>notes.txt" not in html


@pytest.mark.vllm
def test_doctor_looks_at_every_part_and_names_what_is_wrong() -> None:
    nowhere = free_port()
    ended = ivy(
        "doctor",
        *("--set", f"kafka.bootstrap_servers=127.0.0.1:{nowhere}"),
        *("--set", "kafka.connect_timeout_ms=1000"),
        *("--set", f"cache.url=redis://127.0.0.1:{nowhere}/0"),
        *tiny(),
    )
    assert ended.returncode == 1
    lines = ended.stdout.splitlines()
    marks = {line.split(" (")[0][2:]: line[0] for line in lines if line[:1] in "✓!✗"}
    assert marks["broker and topics"] == "✗"
    assert marks["redis"] == "!"
    assert marks["decoder"] == "✓"
    assert marks["model"] == "✓"
    assert "kafka.bootstrap_servers" in ended.stdout
    assert "answers its golden media rightly" in ended.stdout
