"""Weights from a hub, over real HTTP and by the hub's own client."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

from tests.support.model_hub import ModelHub
from worker.models import fetch as fetching
from worker.models.checkpoint import inspect_checkpoint
from worker.models.fetch import WAITING, Watcher, Wish, fetch
from worker.models.fetched import MARKER, FetchFailed, read_marker
from worker.models.spec import MODELS

WEIGHTS = "model.safetensors"


@pytest.fixture
def hub(model_hub: ModelHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModelHub:
    """With the tiny checkpoint, and what must not be taken."""
    for path in (MODELS / "tiny").iterdir():
        model_hub.files[path.name] = path.read_bytes()
    model_hub.files["pytorch_model.bin"] = b"\x80\x04pickle"
    model_hub.files["modeling.py"] = b"print('code')"
    model_hub.files["original/params.json"] = b"{}"
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    # The tests at large run offline; the client read that when it was imported.
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    return model_hub


def wish(hub: ModelHub, into: Path, **changes: Any) -> Wish:
    values = {"source": hub.repo, "revision": hub.commit, "into": into, **changes}
    return Wish(**values)


def get(hub: ModelHub, into: Path, **changes: Any) -> bool:
    return fetch(wish(hub, into, **changes), endpoint=hub.url)


def sums_of(hub: ModelHub, path: Path, **changes: str) -> Path:
    """A file of checksums as `sha256sum` writes it."""
    wanted = {n: d for n, d in hub.files.items() if n.endswith((".safetensors", ".json", ".jinja"))}
    lines = [
        f"{changes.get(name, hashlib.sha256(data).hexdigest())}  {name}"
        for name, data in wanted.items()
        if "/" not in name
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_checkpoint_comes_whole_and_nothing_else(hub: ModelHub, tmp_path: Path) -> None:
    into = tmp_path / "models" / "tiny"
    seen: dict[str, int] = {}
    steps: list[tuple[str, int]] = []

    def done(count: int) -> None:
        name = steps[-1][0]
        seen[name] = seen.get(name, 0) + count

    watcher = Watcher(lambda name, total: steps.append((name, total)), done)
    assert fetch(wish(hub, into), watcher, endpoint=hub.url)
    inspect_checkpoint(into, {})
    there = {path.name for path in into.iterdir() if not path.name.startswith(".")}
    assert there == set(hub.files) - {
        "README.md",
        "pytorch_model.bin",
        "modeling.py",
        "original/params.json",
    }
    assert (into / WEIGHTS).read_bytes() == hub.files[WEIGHTS]
    size = sum((into / name).stat().st_size for name in there)
    assert steps == [("Fetching", size), ("Checking", size)]
    assert seen == {"Fetching": size, "Checking": size}


def test_a_complete_folder_is_left_alone(hub: ModelHub, tmp_path: Path) -> None:
    assert get(hub, tmp_path / "m")
    hub.asked.clear()
    assert not get(hub, tmp_path / "m")
    assert not get(hub, tmp_path / "m", verify=True, checksums=sums_of(hub, tmp_path / "sums"))
    assert hub.asked == []


def test_a_file_that_is_gone_is_fetched_again_and_no_other(hub: ModelHub, tmp_path: Path) -> None:
    get(hub, tmp_path / "m")
    (tmp_path / "m" / "config.json").unlink()
    hub.asked.clear()
    assert get(hub, tmp_path / "m")
    assert hub.transfers() == [("config.json", 0)]


@pytest.mark.parametrize("name", [WEIGHTS, "config.json"])
def test_damage_on_the_way_is_found(hub: ModelHub, tmp_path: Path, name: str) -> None:
    """In LFS by its SHA-256, elsewhere by git's id; and the next try is not misled by it."""
    data = hub.files[name]
    hub.served[name] = data[:-1] + bytes([data[-1] ^ 1])
    with pytest.raises(FetchFailed, match=f"{name} is not what the hub says"):
        get(hub, tmp_path / "m")
    assert read_marker(tmp_path / "m") is None
    hub.served.clear()
    assert get(hub, tmp_path / "m")
    assert (tmp_path / "m" / name).read_bytes() == data


def test_damage_on_the_disk_is_found_when_asked_to_look(hub: ModelHub, tmp_path: Path) -> None:
    get(hub, tmp_path / "m")
    weights = tmp_path / "m" / WEIGHTS
    weights.write_bytes(b"\0" * weights.stat().st_size)
    assert not get(hub, tmp_path / "m")
    with pytest.raises(FetchFailed, match="has changed since it was fetched"):
        get(hub, tmp_path / "m", verify=True)
    assert get(hub, tmp_path / "m")
    assert weights.read_bytes() == hub.files[WEIGHTS]


def test_checksums_of_a_persons_own(hub: ModelHub, tmp_path: Path) -> None:
    assert get(hub, tmp_path / "m", checksums=sums_of(hub, tmp_path / "good"))
    wrong = sums_of(hub, tmp_path / "wrong", **{WEIGHTS: "0" * 64})
    for into in ("m", "n"):  # what is complete is held to them, too
        with pytest.raises(FetchFailed, match=r"model.safetensors is not what --checksums says"):
            get(hub, tmp_path / into, checksums=wrong)
    assert read_marker(tmp_path / "n") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no line"),
        ("abc  model.safetensors", "line 1 .* is not as `sha256sum"),
        (f"{'0' * 64}  other.safetensors", "names other.safetensors, which is not among"),
        (None, "no line for chat_template.jinja, "),
    ],
)
def test_checksums_that_do_not_fit(
    hub: ModelHub, tmp_path: Path, text: str | None, said: str
) -> None:
    sums = tmp_path / "sums"
    if text is None:
        text = f"{hashlib.sha256(hub.files[WEIGHTS]).hexdigest()} *./{WEIGHTS}\n"
    sums.write_text(text, encoding="utf-8")
    with pytest.raises(FetchFailed, match=said):
        get(hub, tmp_path / "m", checksums=sums)


def test_a_moving_revision_needs_a_word(hub: ModelHub, tmp_path: Path) -> None:
    with pytest.raises(FetchFailed, match="may mean other weights tomorrow"):
        get(hub, tmp_path / "m", revision="main")
    assert hub.asked == []
    assert get(hub, tmp_path / "m", revision="main", allow_moving=True)
    marker = read_marker(tmp_path / "m")
    assert marker is not None
    assert marker.revision == hub.commit


def test_a_folder_of_other_weights_is_not_mixed(hub: ModelHub, tmp_path: Path) -> None:
    get(hub, tmp_path / "m")
    with pytest.raises(FetchFailed, match=f"holds acme/tiny at {hub.commit}"):
        get(hub, tmp_path / "m", revision="d" * 40)
    stale = tmp_path / "n"
    stale.mkdir()
    (stale / "model-00002-of-00002.safetensors").write_bytes(b"old")
    with pytest.raises(FetchFailed, match="has files that are not of acme/tiny"):
        get(hub, stale)


@pytest.mark.parametrize(
    ("refuse", "said"),
    [
        ((403, "GatedRepo"), "is gated .* HF_TOKEN"),
        ((401, "RepoNotFound"), "has no acme/tiny, or it is private"),
        ((404, "RevisionNotFound"), "has no revision c0ffee0"),
        ((418, "Teapot"), "answers with status 418"),
    ],
)
def test_what_the_hub_refuses(
    hub: ModelHub, tmp_path: Path, refuse: tuple[int, str], said: str
) -> None:
    hub.refuse = refuse
    with pytest.raises(FetchFailed, match=said):
        get(hub, tmp_path / "m")


def test_no_network(hub: ModelHub, tmp_path: Path, unused_tcp_port: int) -> None:
    nowhere = f"http://127.0.0.1:{unused_tcp_port}"
    with pytest.raises(FetchFailed, match=f"{nowhere} cannot be reached"):
        fetch(wish(hub, tmp_path / "m"), endpoint=nowhere)


def test_pickled_weights_are_not_taken(hub: ModelHub, tmp_path: Path) -> None:
    del hub.files[WEIGHTS]
    with pytest.raises(FetchFailed, match=r"has no \*\.safetensors, and pickled"):
        get(hub, tmp_path / "m")
    assert hub.transfers() == []


def test_room_is_looked_at_first(
    hub: ModelHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "ROOM_LEFT_BYTES", 2**60)
    with pytest.raises(FetchFailed, match=r"free, and 1.02e\+03 PiB are needed"):
        get(hub, tmp_path / "m")
    assert hub.transfers() == []


BIG = 24 * 1024 * 1024
"""The client writes in pieces of ten MiB: a smaller file could not go on where it was cut."""


def test_a_transfer_that_is_cut_goes_on(hub: ModelHub, tmp_path: Path) -> None:
    hub.files[WEIGHTS] = os.urandom(BIG)
    hub.cut_after[WEIGHTS] = BIG // 2
    assert get(hub, tmp_path / "m")
    begins = [begin for name, begin in hub.transfers() if name == WEIGHTS]
    assert len(begins) == 2
    assert begins[1] > 0
    assert (tmp_path / "m" / WEIGHTS).read_bytes() == hub.files[WEIGHTS]


@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGKILL])
def test_a_command_that_is_ended_keeps_what_was_whole(
    hub: ModelHub, tmp_path: Path, ended_by: signal.Signals
) -> None:
    hub.slow = WEIGHTS
    into, spec = tmp_path / "m", tmp_path / "spec.yaml"
    text = (MODELS / "tiny.yaml").read_text(encoding="utf-8")
    spec.write_text(text.replace("source: tiny", f"source: {hub.repo}"), encoding="utf-8")
    command = [sys.executable, "-m", "worker", "models", "fetch", "--into", str(into)]
    command += ["--spec", str(spec), "--revision", hub.commit]
    env = {**os.environ, "HF_ENDPOINT": hub.url, "COLUMNS": "200"}
    first = subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True)
    try:
        wait_for_whole_files(into, first)
    finally:
        first.send_signal(ended_by)
    _, said = first.communicate(timeout=20)
    if ended_by is signal.SIGINT:
        assert first.returncode == 130
        assert "Files that are whole are kept" in said
    assert not (into / MARKER).exists()
    hub.slow = ""
    hub.asked.clear()
    assert get(hub, into)
    assert hub.transfers() == [(WEIGHTS, 0)]
    assert (into / WEIGHTS).read_bytes() == hub.files[WEIGHTS]
    assert list(into.rglob("*.incomplete")) == []


def test_two_that_share_a_folder_fetch_once(hub: ModelHub, tmp_path: Path) -> None:
    hub.slow = WEIGHTS
    into, steps = tmp_path / "m", list[str]()
    waiting = threading.Event()

    def told(name: str, _total: int) -> None:
        steps.append(name)
        if name == WAITING:
            waiting.set()

    with ThreadPoolExecutor(2) as pool:
        one = wish(hub, into)
        both = [pool.submit(fetch, one, Watcher(step=told), endpoint=hub.url) for _ in range(2)]
        assert waiting.wait(timeout=60)
        hub.slow = ""
        assert sorted(done.result(timeout=60) for done in both) == [False, True]
    assert steps.count("Fetching") == 1
    assert [name for name, _ in hub.transfers()].count(WEIGHTS) == 1


def wait_for_whole_files(into: Path, process: subprocess.Popen[str]) -> None:
    """Until all but the weights are there, and those are under way."""
    small = {path.name for path in (MODELS / "tiny").iterdir()} - {WEIGHTS, "README.md"}
    deadline = time.monotonic() + 100
    while not (all((into / name).exists() for name in small) and list(into.rglob("*.incomplete"))):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.05)


def test_the_command_says_where_the_weights_are(hub: ModelHub, tmp_path: Path) -> None:
    env = {**os.environ, "HF_ENDPOINT": hub.url, "COLUMNS": "200"}
    command = [sys.executable, "-m", "worker", "models", "fetch", "--source", hub.repo]
    command += ["--into", str(tmp_path / "m"), "--revision"]
    ended, refused = (
        subprocess.run([*command, rev], env=env, capture_output=True, text=True, check=False)
        for rev in (hub.commit, "main")
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == f"{tmp_path / 'm'} is complete: {hub.repo} at {hub.commit}.\n"
    assert "Fetching: 0 B of" in ended.stderr
    assert refused.returncode == 2
    assert "Pin a commit, or say --allow-moving" in refused.stderr
