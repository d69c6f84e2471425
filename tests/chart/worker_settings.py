"""The rendered settings, read by the worker's own loader as a pod would have them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.chart.rendering import Document, one, pod_of, worker_of, workload
from worker.settings.relations import check_relations
from worker.settings.settings import Settings, load_settings

POD = "ivy-ivy-worker-0"
"""What `$(K8S_POD_NAME)` becomes here."""


def load(
    documents: Sequence[Document],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    secrets: Mapping[str, Mapping[str, str]] | None = None,
) -> Settings:
    """Settings of the worker's container.

    ``secrets`` are the Secrets of the namespace; the projected volume is laid out as the kubelet
    does, with its links. Raises ``SettingsInvalid``, and KeyError for a Secret or key not there.
    """
    for name in list(os.environ):
        if name.startswith("IVY_"):
            monkeypatch.delenv(name)
    config = folder / "worker.yaml"
    config.write_text(one(documents, "ConfigMap", "ivy-ivy-worker")["data"]["worker.yaml"])
    for variable in worker_of(documents)["env"]:
        if variable["name"].startswith("IVY_") and "value" in variable:
            value = variable["value"].replace("$(K8S_POD_NAME)", POD)
            monkeypatch.setenv(variable["name"], value)
    monkeypatch.setenv("IVY_CONFIG", str(config))
    if "IVY_SECRETS_DIR" in os.environ:
        monkeypatch.setenv("IVY_SECRETS_DIR", str(_secret_files(documents, folder, secrets or {})))
    settings = load_settings()
    check_relations(settings)
    return settings


def _secret_files(
    documents: Sequence[Document], folder: Path, secrets: Mapping[str, Mapping[str, str]]
) -> Path:
    root = folder / "secrets"
    data = root / "..2026_11_24"
    data.mkdir(parents=True)
    (root / "..data").symlink_to(data.name)
    volumes = {volume["name"]: volume for volume in pod_of(workload(documents))["volumes"]}
    for source in volumes["secrets"]["projected"]["sources"]:
        found = secrets[source["secret"]["name"]]
        items = source["secret"].get("items") or [{"key": key, "path": key} for key in found]
        for item in items:
            (data / item["path"]).write_text(found[item["key"]])
            (root / item["path"]).symlink_to(f"..data/{item['path']}")
    return root
