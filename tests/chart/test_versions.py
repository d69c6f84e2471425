"""Every document of every release, against the schemas of each Kubernetes that it is for."""

from __future__ import annotations

import copy
import json
import re
from functools import cache
from typing import Any

import kubernetes_validate
import pytest
import yaml
from kubernetes_validate.utils import all_versions

from tests.chart import custom_resources
from tests.chart.releases import KINDS, RELEASES, Release, named
from tests.chart.rendering import CHART, Document

OURS = re.compile(r"^([^/]+|.*\.k8s\.io/[^/]+|(apps|batch|policy|autoscaling)/[^/]+)$")
"""API versions of Kubernetes itself."""


def oldest() -> str:
    """The oldest Kubernetes that the chart says it works on."""
    said: str = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))["kubeVersion"]
    found = re.fullmatch(r">=(\d+\.\d+\.\d+)-0", said)
    assert found, f"kubeVersion is {said}"
    return found[1]


def number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


VERSIONS = sorted(
    {version for version in all_versions() if number(version) >= number(oldest())}, key=number
)
"""What the library has schemas of, from there on: each minor version, for fields come and go one
version at a time."""


@cache
def kubernetes_faults(text: str, version: str) -> tuple[str, ...]:
    """Kept by the document's text: releases have many documents in common."""
    document = json.loads(text)
    try:
        used = kubernetes_validate.validate(document, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        return (f"{document['kind']} {document['metadata']['name']}: {error.message}",)
    assert number(used)[:2] == number(version)[:2]
    return ()


def faults(documents: list[Document], version: str) -> list[str]:
    found: list[str] = []
    for document in documents:
        if OURS.fullmatch(document["apiVersion"]):
            found += kubernetes_faults(json.dumps(document), version)
        else:
            found += custom_resources.faults(document)
    return found


def test_from_the_oldest_supported_to_the_newest_known() -> None:
    assert number(VERSIONS[0])[:2] == number(oldest())[:2]
    assert number(VERSIONS[-1]) >= (1, 37)
    minors = [number(version)[1] for version in VERSIONS]
    assert minors == list(range(minors[0], minors[-1] + 1))


def test_the_releases_have_every_kind_that_the_chart_makes() -> None:
    found = {document["kind"] for release in RELEASES for document in release.documents()}
    assert found == KINDS


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("release", RELEASES, ids=named)
def test_is_valid(release: Release, version: str) -> None:
    if number(version) < number(release.since):
        version = release.since
    documents = release.documents(version)
    assert documents
    assert faults(documents, version) == []


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("spec.template.spec.containers.0.image", 7, "7 is not"),
        ("spec.template.spec.containers.0.imagePolicy", "Always", "imagePolicy"),
        ("spec.template.spec.terminationGracePeriodSeconds", "soon", "soon"),
        ("spec.selector", None, "selector"),
    ],
)
def test_a_broken_document_is_found(path: str, value: object, said: str) -> None:
    deployment = next(d for d in RELEASES[0].documents() if d["kind"] == "Deployment")
    broken = copy.deepcopy(deployment)
    *parents, last = path.split(".")
    inner: Any = broken
    for name in parents:
        inner = inner[int(name)] if name.isdigit() else inner[name]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    for version in (VERSIONS[0], VERSIONS[-1]):
        assert said in "\n".join(faults([broken], version))


@pytest.mark.parametrize(
    ("kind", "path", "value", "said"),
    [
        ("ScaledObject", ("spec", "maxReplicas"), 4, "maxReplicas: there is no such field"),
        ("ScaledObject", ("spec", "maxReplicaCount"), "four", "'four' is not of type 'integer'"),
        ("PodMonitor", ("spec", "selector"), "worker", "'worker' is not of type 'object'"),
        ("ExternalSecret", ("spec", "refreshEvery"), "1h", "refreshEvery: there is no such field"),
    ],
)
def test_a_broken_custom_resource_is_found(
    kind: str, path: tuple[str, str], value: object, said: str
) -> None:
    everything = next(release for release in RELEASES if release.name == "gpu-everything")
    broken = copy.deepcopy(next(d for d in everything.documents() if d["kind"] == kind))
    broken[path[0]][path[1]] = value
    assert said in "\n".join(faults([broken], VERSIONS[-1]))


def test_an_api_version_that_is_gone_is_found() -> None:
    everything = next(release for release in RELEASES if release.name == "strimzi")
    topic = copy.deepcopy(next(d for d in everything.documents() if d["kind"] == "KafkaTopic"))
    topic["apiVersion"] = "kafka.strimzi.io/v1alpha1"
    with pytest.raises(KeyError, match="v1alpha1"):
        faults([topic], VERSIONS[-1])
