"""The chart on a real Kubernetes API server: tried dry, installed, upgraded, removed.

The server knows the custom resources by their own definitions, and refuses a field that it does not
know. It starts no pod: what a pod does is not seen here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chart import custom_resources
from tests.chart.kubernetes import Cluster, install_arguments, open_cluster
from tests.chart.releases import RELEASES, Release, named
from tests.chart.rendering import Document

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]

HOOK = "helm.sh/hook"
RESTRICTED = {
    f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn", "audit")
}

INSTALLED = [
    release for release in RELEASES if release.name in {"gpu-everything", "static", "strimzi"}
]
"""Between them they have every kind but one."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with open_cluster(tmp_path_factory.mktemp("cluster")) as found:
        for definition in custom_resources.definitions():
            found.define(definition)
        found.make_namespace("moderation", RESTRICTED)
        yield found


def version_of(cluster: Cluster) -> str:
    said: str = cluster.client.get("/version").json()["gitVersion"]
    return said.removeprefix("v")


@pytest.mark.parametrize("release", RELEASES, ids=named)
def test_every_document_is_taken(cluster: Cluster, release: Release) -> None:
    """Hooks, too. In a namespace of the strictest pod security standard, without a warning."""
    for document in release.documents(version_of(cluster)):
        answer = cluster.create(document, "moderation", dry_run=True)
        assert answer.is_success, f"{document['kind']}: {answer.text}"
        assert "Warning" not in answer.headers, f"{document['kind']}: {answer.headers['Warning']}"


@pytest.mark.parametrize("release", INSTALLED, ids=named)
def test_installed_upgraded_removed(cluster: Cluster, release: Release, tmp_path: Path) -> None:
    """By helm itself. Hooks wait for pods to end, and there are none: they are left out."""
    namespace = f"install-{release.name}"
    cluster.make_namespace(namespace, RESTRICTED)
    values = tmp_path / "values.json"
    values.write_text(json.dumps(release.values), encoding="utf-8")
    arguments = install_arguments("ivy", namespace, release.files)
    arguments += ["--values", str(values), "--no-hooks"]
    objects = [d for d in release.documents(version_of(cluster)) if not is_hook(d)]

    said = cluster.helm("install", *arguments)
    assert "STATUS: deployed" in said
    for document in objects:
        assert cluster.get(document, namespace).is_success, document["metadata"]["name"]

    before = [version(cluster, document, namespace) for document in objects]
    cluster.helm("upgrade", *arguments)
    again = [version(cluster, document, namespace) for document in objects]
    assert again == before, "an upgrade that changes nothing changes objects"

    cluster.helm("upgrade", *arguments, "--set", "lifecycle.terminationGracePeriodSeconds=301")
    workload = next(d for d in objects if d["kind"] in {"Deployment", "StatefulSet"})
    spec = cluster.get(workload, namespace).json()["spec"]["template"]["spec"]
    assert spec["terminationGracePeriodSeconds"] == 301

    cluster.helm("uninstall", "ivy", "--namespace", namespace, "--no-hooks")
    left = {document["kind"] for document in objects if not gone(cluster, document, namespace)}
    assert left == {d["kind"] for d in objects if is_kept(d)}


def is_hook(document: Document) -> bool:
    return HOOK in (document["metadata"].get("annotations") or {})


def is_kept(document: Document) -> bool:
    annotations = document["metadata"].get("annotations") or {}
    return annotations.get("helm.sh/resource-policy") == "keep"


def version(cluster: Cluster, document: Document, namespace: str) -> int:
    """Counts the changes of what is wanted; of objects without such a count, all changes."""
    metadata = cluster.get(document, namespace).json()["metadata"]
    return int(metadata.get("generation") or metadata["resourceVersion"])


def gone(cluster: Cluster, document: Document, namespace: str) -> bool:
    """Not there, or told to go: what waits for a controller's word would wait for ever here."""
    answer = cluster.get(document, namespace)
    return answer.status_code == 404 or "deletionTimestamp" in answer.json()["metadata"]


def test_a_field_that_does_not_exist_is_refused(cluster: Cluster) -> None:
    documents = RELEASES[1].documents(version_of(cluster))
    for kind, name in (("Deployment", "replica"), ("ScaledObject", "maxReplicas")):
        document = next(d for d in documents if d["kind"] == kind)
        broken = {**document, "spec": {**document["spec"], name: 2}}
        answer = cluster.create(broken, "moderation", dry_run=True)
        assert answer.status_code in {400, 422}
        assert name in answer.text


def test_a_pod_that_is_not_restricted_enough_is_warned_of(cluster: Cluster) -> None:
    document = next(d for d in RELEASES[0].documents() if d["kind"] == "Deployment")
    pod = {**document["spec"]["template"]["spec"], "hostNetwork": True}
    template = {**document["spec"]["template"], "spec": pod}
    loose = {**document, "spec": {**document["spec"], "template": template}}
    answer = cluster.create(loose, "moderation", dry_run=True)
    assert "hostNetwork=true" in answer.headers["Warning"]
