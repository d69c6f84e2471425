"""docker-compose.yml: valid by the specification, hardened, and of one piece with the worker."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.deploy.compose import ROOT, project, read, services
from worker.settings.settings import load_settings

NAMES = sorted(services())
WORKERS = ["worker-cpu", "worker-gpu"]
UNITS = {"s": 1, "m": 60, "h": 3600}


def seconds(duration: str) -> float:
    """`1m30s`, as the reader writes durations."""
    return sum(float(n) * UNITS[unit] for n, unit in re.findall(r"([\d.]+)([hms])", duration))


def test_has_all_that_the_worker_needs() -> None:
    assert set(NAMES) == {
        *("grafana", "kafka", "otelcol", "prometheus", "publish", "store", "topics", "valkey"),
        *WORKERS,
    }
    profiles = {name: service.get("profiles") for name, service in services().items()}
    assert profiles["worker-cpu"] == ["cpu", "demo"]
    assert profiles["worker-gpu"] == ["gpu"]
    assert profiles["publish"] == ["demo"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("  kafka:\n", "  kafka:\n    imagine: 1\n"), "imagine"),
        (('restart: "no"', "restart: [never]"), "restart"),
        (("      kafka: {condition: service_healthy}", "      kafak: {condition: x}"), "kafak"),
    ],
)
def test_the_reader_refuses_a_mistake(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert change[0] in text
    broken = tmp_path / "docker-compose.yml"
    broken.write_text(text.replace(*change, 1), encoding="utf-8")
    ran = read(broken)
    assert ran.returncode
    assert said in ran.stderr


@pytest.mark.parametrize("name", NAMES)
def test_is_hardened(name: str) -> None:
    service = services()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert re.fullmatch(r"[1-9]\d*:\d+", service["user"])
    limits = service["deploy"]["resources"]["limits"]
    assert limits.keys() == {"cpus", "memory", "pids"}
    assert all("size=" in mount for mount in service["tmpfs"])
    assert service["networks"]
    assert "network_mode" not in service


@pytest.mark.parametrize("name", NAMES)
def test_ports_are_on_loopback(name: str) -> None:
    for port in services()[name].get("ports", []):
        assert port["host_ip"] == "127.0.0.1"


@pytest.mark.parametrize("name", NAMES)
def test_image_is_pinned_or_built_here(name: str) -> None:
    image = services()[name]["image"]
    ours = re.fullmatch(r"ivy-worker:(cpu|gpu)", image)
    assert ours or re.fullmatch(r"[^@]+:[^@:]+@sha256:[0-9a-f]{64}", image)


@pytest.mark.parametrize("name", NAMES)
def test_files_that_are_mounted_are_there(name: str) -> None:
    for mount in services()[name].get("volumes", []):
        if mount["type"] == "bind":
            assert mount["read_only"] is True
            assert (ROOT / mount["source"]).exists(), mount["source"]


def test_networks_and_volumes_are_defined_and_used() -> None:
    used = {name for service in services().values() for name in service["networks"]}
    assert used == project()["networks"].keys()
    mounts = [mount for service in services().values() for mount in service.get("volumes", [])]
    assert {m["source"] for m in mounts if m["type"] == "volume"} == project()["volumes"].keys()


def test_who_waits_for_whom_can_be_waited_for() -> None:
    for name, service in services().items():
        for other, wait in service.get("depends_on", {}).items():
            checked = services()[other].get("healthcheck", {})
            if wait["condition"] == "service_healthy":
                assert "test" in checked, f"{name} waits for {other}"
            else:
                assert services()[other]["restart"] != "unless-stopped"


@pytest.mark.parametrize("name", WORKERS)
def test_worker_can_use_its_settings(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its environment and its file, by the worker's own check; and it is given time to drain."""
    service = services()[name]
    mounted = {mount["target"]: mount["source"] for mount in service["volumes"]}
    environment = {key: value or "" for key, value in service["environment"].items()}
    environment["IVY_CONFIG"] = str(ROOT / mounted[environment["IVY_CONFIG"]])
    ran = subprocess.run(
        [sys.executable, "-m", "worker", "config", "check"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    settings = load_settings()
    assert seconds(service["stop_grace_period"]) >= settings.flow.drain_timeout_s + 30

    assert settings.kafka.bootstrap_servers == ("kafka:9092",)
    assert settings.fetch.s3_endpoint == "http://store:7070"
    assert {"kafka", "valkey", "store"} <= services().keys()
    writable = {mount["target"] for mount in service["volumes"] if not mount.get("read_only")}
    assert str(settings.fetch.spill_folder) in writable


def test_store_and_workers_have_the_same_keys() -> None:
    store = services()["store"]["environment"]
    for name in (*WORKERS, "publish"):
        environment = services()[name]["environment"]
        assert environment["IVY_FETCH__S3_ACCESS_KEY_ID"] == store["ROOT_ACCESS_KEY"]
        assert environment["IVY_FETCH__S3_SECRET_ACCESS_KEY"] == store["ROOT_SECRET_KEY"]


def test_prometheus_finds_the_workers_and_grafana_finds_prometheus() -> None:
    deploy = ROOT / "deploy"
    jobs = yaml.safe_load((deploy / "prometheus.yaml").read_text(encoding="utf-8"))[
        "scrape_configs"
    ]
    assert jobs[0]["dns_sd_configs"][0]["names"] == WORKERS
    source = yaml.safe_load(
        (deploy / "grafana" / "datasources" / "prometheus.yaml").read_text(encoding="utf-8")
    )["datasources"][0]
    assert source["url"] == "http://prometheus:9090"
    assert all(
        "watch" in services()[name]["networks"] for name in ("prometheus", "grafana", *WORKERS)
    )
