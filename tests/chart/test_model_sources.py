"""Where the weights come from."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.chart.rendering import (
    Document,
    of_kind,
    one,
    pod_of,
    render,
    worker_of,
    workload,
)

SHA = "a" * 40


def source(kind: str, **values: Any) -> dict[str, Any]:
    """Values for a source of weights."""
    pinned = {"revision": SHA} if kind in {"hub", "init"} else {}
    return {"model": {**pinned, "source": {"type": kind, **values}}}


def model_of(documents: list[Document]) -> dict[str, Any]:
    """The settings' section."""
    text = one(documents, "ConfigMap", "ivy-ivy-worker")["data"]["worker.yaml"]
    found: dict[str, Any] = yaml.safe_load(text)["model"]
    return found


def volume_of(documents: list[Document]) -> dict[str, Any]:
    """The volume with the weights, but for its name."""
    volumes = {volume["name"]: dict(volume) for volume in pod_of(workload(documents))["volumes"]}
    volumes["models"].pop("name")
    return volumes["models"]


def env_of(container: dict[str, Any]) -> dict[str, Any]:
    """The variables by name."""
    return {entry["name"]: entry for entry in container["env"]}


def test_the_hub_at_a_pinned_commit() -> None:
    values = source("hub", hub={"id": "mirror/ivy", "tokenSecret": {"name": "hf"}})
    documents = render(values)
    assert model_of(documents) == {
        "engine": "vllm",
        "spec": "ivy-fake",
        "source": "mirror/ivy",
        "revision": SHA,
    }
    env = env_of(worker_of(documents))
    assert "HF_HUB_OFFLINE" not in env
    assert env["HF_TOKEN"]["valueFrom"] == {"secretKeyRef": {"name": "hf", "key": "token"}}


@pytest.mark.parametrize(
    ("values", "volume"),
    [
        (
            source("pvc", pvc={"existingClaim": "weights"}),
            {"persistentVolumeClaim": {"claimName": "weights", "readOnly": True}},
        ),
        (
            source("image", image={"reference": f"r/w@sha256:{'0' * 64}"}),
            {"image": {"reference": f"r/w@sha256:{'0' * 64}", "pullPolicy": "IfNotPresent"}},
        ),
        (
            source("hostPath", hostPath={"path": "/srv/models"}),
            {"hostPath": {"path": "/srv/models", "type": "Directory"}},
        ),
        (source("init"), {"emptyDir": {"sizeLimit": "20Gi"}}),
        (
            source("init", init={"volume": "hostPath"}, hostPath={"path": "/srv/models"}),
            {"hostPath": {"path": "/srv/models", "type": "DirectoryOrCreate"}},
        ),
        (
            source("init", init={"volume": "pvc"}, pvc={"existingClaim": "weights"}),
            {"persistentVolumeClaim": {"claimName": "weights"}},
        ),
    ],
    ids=["pvc", "image", "hostPath", "init", "init on the node", "init on a claim"],
)
def test_local_weights_are_read_only_and_the_hub_is_out_of_reach(
    values: dict[str, Any], volume: dict[str, Any]
) -> None:
    documents = render(values)
    assert volume_of(documents) == volume
    # The folder is what it is: its revision is the hash of its files.
    assert model_of(documents) == {
        "engine": "vllm",
        "spec": "ivy-fake",
        "source": "/models/ivy-fake",
    }
    worker = worker_of(documents)
    assert {"name": "models", "mountPath": "/models", "readOnly": True} in worker["volumeMounts"]
    assert env_of(worker)["HF_HUB_OFFLINE"]["value"] == "1"
    assert "HF_TOKEN" not in env_of(worker)


def test_the_init_container_fetches_what_is_pinned_and_checks_it() -> None:
    values = source(
        "init",
        path="weights/v1",
        hub={"id": "mirror/ivy", "tokenSecret": {"name": "hf"}},
        init={"checksums": "0011  model.safetensors\n2233  config.json\n"},
    )
    documents = render(values)
    pod = pod_of(workload(documents))
    fetch = pod["initContainers"][0]
    assert fetch["args"] == [
        *("models", "fetch", "--spec", "ivy-fake", "--revision", SHA),
        *(
            "--into",
            "/models/weights/v1",
            "--source",
            "mirror/ivy",
            "--checksums",
            "/etc/ivy-worker/checksums.txt",
        ),
    ]
    assert {"name": "models", "mountPath": "/models"} in fetch["volumeMounts"]
    assert "HF_TOKEN" in env_of(fetch)
    # It holds no GPU, and knows no secret but the hub's.
    assert "nvidia.com/gpu" not in fetch["resources"]["limits"]
    assert "secrets" not in {mount["name"] for mount in fetch["volumeMounts"]}
    checksums = one(documents, "ConfigMap", "ivy-ivy-worker")["data"]["checksums.txt"]
    assert checksums.split() == ["0011", "model.safetensors", "2233", "config.json"]
    assert model_of(documents)["source"] == "/models/weights/v1"


def test_a_claim_made_by_the_chart_outlives_it() -> None:
    documents = render(
        source("init", init={"volume": "pvc"}, pvc={"create": True, "storageClassName": "fast"})
    )
    claim = one(documents, "PersistentVolumeClaim")
    assert claim["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]
    assert claim["spec"]["storageClassName"] == "fast"
    used = volume_of(documents)["persistentVolumeClaim"]["claimName"]
    assert used == claim["metadata"]["name"]


def test_no_claim_where_none_is_asked_for() -> None:
    assert not of_kind(render(), "PersistentVolumeClaim")
