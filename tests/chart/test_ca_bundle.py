"""Certificates of your own authorities: mounted everywhere, and believed by what the pods run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.chart.rendering import Document, of_kind, pod_of, render, workload
from tests.chart.test_versions import VERSIONS, faults
from tests.support.certificates import CertificateAuthority

FILE = "/etc/ivy-worker/ca-bundle/ca-bundle.crt"

VALUES: dict[str, Any] = {
    "topics": {"provision": {"enabled": True}},
    "deadLetterReplay": {"enabled": True},
    "model": {"revision": "a" * 40, "source": {"type": "init"}},
}


def containers(documents: list[Document]) -> list[tuple[Document, Document]]:
    """Every pod of the chart with each of its containers."""
    found = [workload(documents)]
    for kind in ("Job", "CronJob", "Pod"):
        found += of_kind(documents, kind)
    return [
        (pod, container)
        for pod in map(pod_of, found)
        for container in [*pod.get("initContainers", []), *pod["containers"]]
    ]


@pytest.mark.parametrize(
    ("bundle", "source"),
    [
        ({"configMap": "authorities"}, {"configMap": {"name": "authorities"}}),
        ({"secret": "authorities", "key": "tls.ca"}, {"secret": {"secretName": "authorities"}}),
    ],
    ids=["ConfigMap", "Secret"],
)
def test_every_container_has_it(bundle: dict[str, str], source: dict[str, Any]) -> None:
    documents = render({**VALUES, "caBundle": bundle})
    assert faults(documents, VERSIONS[-1]) == []
    found = containers(documents)
    assert len(found) == 7
    for pod, container in found:
        env = {variable["name"]: variable.get("value") for variable in container["env"]}
        assert env["SSL_CERT_FILE"] == env["OTEL_EXPORTER_OTLP_CERTIFICATE"] == FILE
        mounts = {mount["name"]: mount for mount in container["volumeMounts"]}
        assert mounts["ca-bundle"]["mountPath"] == str(Path(FILE).parent)
        # A file by subPath would be as it was at the pod's start for ever.
        assert "subPath" not in mounts["ca-bundle"]
        volume = {one["name"]: one for one in pod["volumes"]}["ca-bundle"]
        (kind,) = source
        assert source[kind].items() <= volume[kind].items()
        key = bundle.get("key", "ca.crt")
        assert volume[kind]["items"] == [{"key": key, "path": Path(FILE).name}]


def test_none_where_there_is_none() -> None:
    for pod, container in containers(render(VALUES)):
        assert "SSL_CERT_FILE" not in {variable["name"] for variable in container["env"]}
        assert "ca-bundle" not in {volume["name"] for volume in pod["volumes"]}


CLIENTS = """
import json, ssl
import httpx
from worker.tls import TlsFiles
print(json.dumps({
    "links": TlsFiles("kafka").context().cert_store_stats()["x509_ca"],
    "media": httpx.create_ssl_context().cert_store_stats()["x509_ca"],
    "engine": ssl.create_default_context(cafile=None).cert_store_stats()["x509_ca"],
}))
"""
"""How the worker's clients come to their authorities where no setting names a file."""


def test_the_workers_clients_believe_the_file_of_the_variable(tmp_path: Path) -> None:
    authority = CertificateAuthority(tmp_path, "house")
    ran = subprocess.run(
        [sys.executable, "-c", CLIENTS],
        env={**os.environ, "SSL_CERT_FILE": str(authority.file)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(ran.stdout) == {"links": 1, "media": 1, "engine": 1}
