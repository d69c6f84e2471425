"""The chart as a package: versions, metadata, documents, notes."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.mistakes import FEEDER
from tests.chart.rendering import CHART, helm
from worker import __version__

ROOT = CHART.parents[1]


@pytest.fixture(scope="module")
def metadata() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    return found


def test_lint_finds_nothing_in_any_role() -> None:
    for role in ("values.yaml", "values-gpu.yaml", "values-static.yaml", FEEDER):
        ran = helm("lint", "--strict", str(CHART), "--values", str(CHART / role))
        assert ran.code == 0, ran.out + ran.err
        # Helm lint shows what `fail` says and goes on.
        assert "do not fit together" not in ran.out + ran.err


def test_it_is_of_the_workers_version(metadata: dict[str, Any]) -> None:
    assert metadata["appVersion"] == __version__


def test_annotations_that_artifact_hub_reads(metadata: dict[str, Any]) -> None:
    annotations = metadata["annotations"]
    for change in yaml.safe_load(annotations["artifacthub.io/changes"]):
        assert change["kind"] in {"added", "changed", "deprecated", "removed", "fixed", "security"}
        assert change["description"]
    for image in yaml.safe_load(annotations["artifacthub.io/images"]):
        assert image["image"].split(":")[-1].startswith(f"{__version__}-")


def test_links_lead_to_what_the_readme_names(metadata: dict[str, Any]) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    links = yaml.safe_load(metadata["annotations"]["artifacthub.io/links"])
    assert links
    for link in links:
        assert link["name"]
        assert link["url"] in readme
    # An address that nobody has would be worse than none.
    for name in ("home", "sources", "maintainers", "icon"):
        assert "example" not in str(metadata.get(name, ""))


def test_annotations_name_every_kind_of_others(metadata: dict[str, Any]) -> None:
    named = {crd["kind"] for crd in yaml.safe_load(metadata["annotations"]["artifacthub.io/crds"])}
    ours = {"v1", "apps/v1", "batch/v1", "policy/v1", "networking.k8s.io/v1"}
    made = set()
    for template in (CHART / "templates").rglob("*"):
        if not template.is_file():
            continue
        lines = template.read_text(encoding="utf-8").splitlines()
        for version, kind in itertools.pairwise(lines):
            if version.startswith("apiVersion: ") and version.split(": ")[1] not in ours:
                made.add(kind.removeprefix("kind: "))
    assert made == named


@pytest.mark.parametrize("script", ["-m scripts.chart_readme", "-m scripts.chart_schema"])
def test_what_is_generated_is_up_to_date(script: str) -> None:
    ran = subprocess.run(
        [sys.executable, *script.split(), "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_package_holds_what_it_needs(tmp_path: Path) -> None:
    ran = helm("package", str(CHART), "--destination", str(tmp_path))
    assert ran.code == 0, ran.err
    (package,) = tmp_path.glob("*.tgz")
    with tarfile.open(package) as archive:
        names = {name.removeprefix("ivy-worker/") for name in archive.getnames()}
    assert {"values.schema.json", "README.md", "values-feeder.yaml", "templates/NOTES.txt"} <= names
    assert any(name.startswith("rules/") for name in names)


def notes(folder: Path, values: dict[str, Any]) -> str:
    """NOTES.txt, which Helm shows after an install only: here as the text of a document."""
    chart = folder / "ivy-worker"
    shutil.copytree(CHART, chart)
    file = chart / "templates" / "NOTES.txt"
    text = file.read_text(encoding="utf-8")
    file.unlink()
    (chart / "templates" / "notes.yaml").write_text(
        f'{{{{- define "the-notes" -}}}}{text}{{{{- end -}}}}\n'
        'text: |\n  {{- include "the-notes" . | nindent 2 }}\n'
    )
    ran = helm(
        *("template", "ivy", str(chart), "--namespace", "moderation"),
        *("--show-only", "templates/notes.yaml"),
        values=values,
    )
    assert ran.code == 0, ran.err
    found: dict[str, str] = yaml.safe_load(ran.out)
    return found["text"]


def test_the_notes_say_what_to_do_and_warn_of_placeholders(tmp_path: Path) -> None:
    said = notes(tmp_path, {})
    assert "kubectl -n moderation rollout status deployment/ivy-ivy-worker" in said
    assert "helm -n moderation test ivy" in said
    for warning in ("image.registry is a placeholder", "image.digest is", "model.revision is"):
        assert f"WARNING: {warning}" in said


def test_the_notes_do_not_warn_of_what_is_done(tmp_path: Path) -> None:
    image = {"registry": "ghcr.io/acme", "digest": f"sha256:{'0' * 64}"}
    assert "WARNING" not in notes(tmp_path, {"image": image, "model": {"revision": "a" * 40}})


@pytest.mark.parametrize("name", ["minReplicas", "idleReplicas"])
def test_the_notes_warn_of_scaling_to_zero(name: str, tmp_path: Path) -> None:
    said = notes(tmp_path, {"autoscaling": {"enabled": True, name: 0}})
    assert f"WARNING: autoscaling.{name} is 0" in said


def test_the_notes_have_numbers_that_people_read(tmp_path: Path) -> None:
    said = notes(
        tmp_path,
        {
            "kafka": {"partitions": 2000000},
            "podSecurityContext": {"runAsUser": 1000650000},
            "compileCache": {"type": "hostPath", "path": "/srv/compiled"},
        },
    )
    assert "on 2000000 partitions" in said
    assert "user 1000650000 may use" in said
