"""The pods of jobs and hooks: image, place, volumes and secrets of their own."""

from __future__ import annotations

from typing import Any

import pytest

from tests.chart.mistakes import FEEDER
from tests.chart.rendering import Document, of_kind, pod_of, render, workload
from tests.chart.test_versions import VERSIONS, faults

DIGEST = f"sha256:{'0' * 64}"
SASL: dict[str, Any] = {
    "securityProtocol": "SASL_SSL",
    "sasl": {"mechanism": "SCRAM-SHA-512", "existingSecret": "worker"},
}
ALL: dict[str, Any] = {
    "topics": {"provision": {"enabled": True}},
    "deadLetterReplay": {"enabled": True},
}


def jobs_of(values: dict[str, Any], files: tuple[str, ...] = ()) -> dict[str, Document]:
    """Pod specs of all jobs, hooks and tests, by the name of their container."""
    documents = render({**ALL, **values}, files=files)
    assert faults(documents, VERSIONS[-1]) == []
    found = [*of_kind(documents, "Job"), *of_kind(documents, "CronJob"), *of_kind(documents, "Pod")]
    pods = {pod["containers"][0]["name"]: pod for pod in map(pod_of, found)}
    assert set(pods) == {
        *("config-check", "topics", "dead-letter-replay"),
        *("test-links", "test-worker"),
    }
    return pods


@pytest.mark.parametrize(
    ("image", "shown"),
    [
        ({}, f"registry.example.com/ivy-worker@{DIGEST}"),
        ({"repository": "ivy-jobs"}, "registry.example.com/ivy-jobs:0.1.0-slim"),
        ({"tag": "mine"}, "registry.example.com/ivy-worker:mine"),
        (
            {"registry": "other:5000", "digest": f"sha256:{'1' * 64}"},
            f"other:5000/ivy-worker@sha256:{'1' * 64}",
        ),
    ],
)
def test_their_image(image: dict[str, str], shown: str) -> None:
    values = {"image": {"digest": DIGEST}, "jobs": {"image": {**image, "pullPolicy": "Always"}}}
    for pod in jobs_of(values).values():
        assert pod["containers"][0]["image"] == shown
        assert pod["containers"][0]["imagePullPolicy"] == "Always"


def test_a_parent_charts_registry_is_theirs_too() -> None:
    values = {"global": {"imageRegistry": "mirror"}, "jobs": {"image": {"tag": "mine"}}}
    for pod in jobs_of(values).values():
        assert pod["containers"][0]["image"] == "mirror/ivy-worker:mine"


def test_their_place_is_not_the_workers() -> None:
    worker = {"nodeSelector": {"pool": "gpu"}, "affinity": {"podAffinity": {}}}
    for pod in jobs_of(worker).values():
        assert not {"nodeSelector", "affinity", "tolerations"} & pod.keys()
    toleration = {"key": "cpu", "operator": "Exists"}
    jobs = {
        "nodeSelector": {"pool": "cpu"},
        "tolerations": [toleration],
        "affinity": {"nodeAffinity": {}},
        "resources": {"limits": {"memory": "2Gi"}, "requests": {"memory": "2Gi"}},
        "activeDeadlineSeconds": 77,
    }
    documents = render({**ALL, **worker, "jobs": jobs})
    for name, pod in jobs_of({**worker, "jobs": jobs}).items():
        assert pod["nodeSelector"] == {"pool": "cpu"}, name
        assert pod["tolerations"] == [toleration]
        assert pod["affinity"] == {"nodeAffinity": {}}
        assert pod["containers"][0]["resources"]["limits"]["memory"] == "2Gi"
    for job in of_kind(documents, "Job"):
        assert job["spec"]["activeDeadlineSeconds"] == 77
    for pod in of_kind(documents, "Pod"):
        assert pod["spec"]["activeDeadlineSeconds"] == 77


def test_their_volumes_are_the_workers_or_their_own() -> None:
    worker = {
        "extraVolumes": [{"name": "mine", "configMap": {"name": "mine"}}],
        "extraVolumeMounts": [{"name": "mine", "mountPath": "/mine"}],
    }
    for pod in jobs_of(worker).values():
        assert "mine" in {volume["name"] for volume in pod["volumes"]}
    own = {
        "extraVolumes": [{"name": "theirs", "configMap": {"name": "theirs"}}],
        "extraVolumeMounts": [{"name": "theirs", "mountPath": "/theirs"}],
    }
    for pod in jobs_of({**worker, "jobs": own}).values():
        names = {volume["name"] for volume in pod["volumes"]}
        assert "theirs" in names
        assert "mine" not in names
        mounts = {mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]}
        assert "/theirs" in mounts
        assert "/mine" not in mounts


def sasl_secret(pod: Document) -> str:
    """The Secret from which a pod has Kafka's password."""
    sources = {volume["name"]: volume for volume in pod["volumes"]}["secrets"]["projected"][
        "sources"
    ]
    (name,) = [
        source["secret"]["name"]
        for source in sources
        if "kafka__sasl_password" in {item["path"] for item in source["secret"]["items"]}
    ]
    return str(name)


def test_a_job_may_enter_kafka_as_another() -> None:
    values = {
        "kafka": SASL,
        "topics": {"provision": {"enabled": True, "existingSecret": "admin"}},
        "deadLetterReplay": {"enabled": True, "existingSecret": "replay"},
    }
    found = {name: sasl_secret(pod) for name, pod in jobs_of(values, (FEEDER,)).items()}
    assert found == {
        "config-check": "worker",
        "topics": "admin",
        "dead-letter-replay": "replay",
        # The test is of the worker's own links.
        "test-links": "worker",
        "test-worker": "worker",
    }
    assert sasl_secret(pod_of(workload(render(values, files=[FEEDER])))) == "worker"


def test_a_job_may_show_a_certificate_of_its_own() -> None:
    tls = {"existingSecret": "worker", "certKey": "tls.crt", "keyKey": "tls.key"}
    values = {
        "kafka": {"securityProtocol": "SSL", "tls": tls},
        "topics": {"provision": {"enabled": True, "existingTlsSecret": "admin"}},
        "deadLetterReplay": {"enabled": True, "existingTlsSecret": "replay"},
    }
    found = {
        name: {volume["name"]: volume for volume in pod["volumes"]}["kafka-tls"]["secret"]
        for name, pod in jobs_of(values).items()
    }
    assert {name: secret["secretName"] for name, secret in found.items()} == {
        "config-check": "worker",
        "topics": "admin",
        "dead-letter-replay": "replay",
        "test-links": "worker",
        "test-worker": "worker",
    }


def test_who_fetches_the_weights_has_the_workers_environment() -> None:
    model = {"revision": "a" * 40, "source": {"type": "init"}}
    sources = [{"secretRef": {"name": "proxy"}}]
    documents = render({"model": model, "extraEnvFrom": sources})
    for container in ("initContainers", "containers"):
        assert pod_of(workload(documents))[container][0]["envFrom"] == sources
