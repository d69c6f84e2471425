"""Links to runbooks under docker-compose: filled in before Prometheus and Grafana read them."""

from __future__ import annotations

import os
import re
import subprocess
import urllib.request
from pathlib import Path

import pytest
import yaml

from scripts.dashboards.prometheus import PROGRAMS
from tests.deploy.compose import ROOT, services
from tests.support.ports import free_port, wait_for_port

READY_S = 30.0
LINK = re.compile(r"https?://localhost:9090/user/(\w+\.md)")


def filled(name: str, into: Path, command: list[str], **environment: str) -> str:
    """Run a service's entry point with its files from here and ``command`` in its program's place.

    Returns what the command wrote.
    """
    service = services()[name]
    shell, script, source, target, _ = service["entrypoint"]
    mounted = {mount["target"]: ROOT / mount["source"] for mount in service["volumes"]}
    # Written where the root, which is read-only, has a tmpfs.
    assert any(target.startswith(f"{mount.split(':')[0]}/") for mount in service["tmpfs"])
    ran = subprocess.run(
        [shell, str(mounted[script]), str(mounted[source]), str(into), *command],
        env={"PATH": os.environ["PATH"], **service["environment"], **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.parametrize(
    ("name", "folder"), [("prometheus", "rules"), ("grafana", "dashboards")], ids=str
)
def test_links_lead_to_pages_that_there_are(name: str, folder: str, tmp_path: Path) -> None:
    into = tmp_path / "filled"
    for _ in range(2):  # a container that starts again finds its files there
        said = filled(name, into, ["ls", str(into)])
    there = {file.name for file in (ROOT / "charts" / "ivy-worker" / folder).iterdir()}
    assert set(said.split()) == there
    texts = [file.read_text(encoding="utf-8") for file in into.iterdir()]
    pages = {page for text in texts for page in LINK.findall(text)}
    assert pages
    assert all((ROOT / "docs" / "runbooks" / page).exists() for page in pages)
    assert not any("__RUNBOOKS__" in text for text in texts)


def test_another_base_is_taken_as_it_is(tmp_path: Path) -> None:
    base = r"https://wiki.example.com/a|b?c=1&d=\1"
    filled("prometheus", tmp_path, ["true"], RUNBOOKS=f"{base}/")
    text = (tmp_path / "ivy-worker.yaml").read_text(encoding="utf-8")
    assert f"runbook_url: {base}/IvyWorkerAbsent.md\n" in text


def test_a_failed_fill_starts_nothing(tmp_path: Path) -> None:
    script = ROOT / "deploy" / "with_runbooks.sh"
    ran = subprocess.run(
        ["sh", str(script), str(tmp_path / "missing"), str(tmp_path / "into"), "echo", "started"],
        env={"PATH": os.environ["PATH"], "RUNBOOKS": "http://localhost"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode
    assert "started" not in ran.stdout


def test_prometheus_and_grafana_read_the_filled_files() -> None:
    deploy = ROOT / "deploy"
    settings = yaml.safe_load((deploy / "prometheus.yaml").read_text(encoding="utf-8"))
    assert settings["rule_files"] == [f"{services()['prometheus']['entrypoint'][3]}/*.yaml"]
    found = yaml.safe_load(
        (deploy / "grafana" / "dashboards" / "ivy-worker.yaml").read_text(encoding="utf-8")
    )
    assert found["providers"][0]["options"]["path"] == services()["grafana"]["entrypoint"][3]


def test_prometheus_serves_the_pages(tmp_path: Path) -> None:
    """The real one, with the service's own option, under the path that the links have."""
    service, port = services()["prometheus"], free_port()
    (assets,) = [one for one in service["command"] if one.startswith("--web.user-assets=")]
    target = assets.partition("=")[2]
    (source,) = [m["source"] for m in service["volumes"] if m["target"] == target]
    config = tmp_path / "prometheus.yaml"
    config.write_text("scrape_configs: []\n", encoding="utf-8")
    process = subprocess.Popen(
        [
            str(PROGRAMS / "prometheus"),
            f"--config.file={config}",
            f"--storage.tsdb.path={tmp_path / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            f"--web.user-assets={ROOT / source}",
        ],
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for_port(port, process, READY_S)
        address = f"{service['environment']['RUNBOOKS']}/IvyWorkerAbsent.md"
        assert "http://localhost:9090/" in address
        here = address.replace("localhost:9090", f"127.0.0.1:{port}")
        with urllib.request.urlopen(here, timeout=10) as answer:
            page = answer.read()
    finally:
        process.terminate()
        process.wait()
    assert page == (ROOT / "docs" / "runbooks" / "IvyWorkerAbsent.md").read_bytes()
