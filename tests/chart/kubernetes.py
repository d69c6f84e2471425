"""A real Kubernetes API server with its store, for the chart to be installed into.

No kubelet, scheduler or controller: objects are validated, defaulted, admitted and kept, and no pod
is ever started.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.chart.rendering import CHART, HELM, Document
from tests.support.ports import free_port

PROGRAMS = Path(__file__).parents[2] / ".cache" / "kubernetes" / "bin"
"""By scripts/kubernetes/build.sh, which `make parts` runs."""

START_S = 120.0
HELM_S = 120.0


@dataclass
class Cluster:
    """An API server that we are an administrator of."""

    client: httpx.Client
    kubeconfig: Path
    _kinds: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def kind(self, api_version: str, kind: str) -> dict[str, Any]:
        """What the server says of a kind: its name in paths, and whether it has a namespace."""
        if (api_version, kind) not in self._kinds:
            answer = self.client.get(_root(api_version))
            answer.raise_for_status()
            for found in answer.json()["resources"]:
                if "/" not in found["name"]:
                    self._kinds[api_version, found["kind"]] = found
        return self._kinds[api_version, kind]

    def path(self, document: Document, namespace: str) -> str:
        """Where objects of the document's kind are made."""
        about = self.kind(document["apiVersion"], document["kind"])
        within = f"/namespaces/{namespace}" if about["namespaced"] else ""
        return f"{_root(document['apiVersion'])}{within}/{about['name']}"

    def create(
        self, document: Document, namespace: str, *, dry_run: bool = False
    ) -> httpx.Response:
        """Make an object. An unknown or doubled field is an error, not a warning."""
        query = {"fieldValidation": "Strict", **({"dryRun": "All"} if dry_run else {})}
        return self.client.post(self.path(document, namespace), json=document, params=query)

    def names(self, api_version: str, kind: str, namespace: str) -> set[str]:
        """Names of all objects of a kind."""
        document = {"apiVersion": api_version, "kind": kind}
        answer = self.client.get(self.path(document, namespace))
        answer.raise_for_status()
        return {item["metadata"]["name"] for item in answer.json()["items"]}

    def get(self, document: Document, namespace: str) -> httpx.Response:
        """The object of the document's kind and name."""
        return self.client.get(f"{self.path(document, namespace)}/{document['metadata']['name']}")

    def make_namespace(self, name: str, labels: dict[str, str]) -> None:
        """Make a namespace."""
        document = {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": name, "labels": labels},
        }
        self.create(document, name).raise_for_status()

    def define(self, definition: Document) -> None:
        """Make a kind of somebody's, and wait until it is served."""
        self.create(definition, "").raise_for_status()
        deadline = time.monotonic() + 30
        while True:
            state = self.get(definition, "").json().get("status", {}).get("conditions") or []
            if any(c["type"] == "Established" and c["status"] == "True" for c in state):
                return
            assert time.monotonic() < deadline, f"not served: {definition['metadata']['name']}"
            time.sleep(0.1)

    def helm(self, *arguments: str) -> str:
        """Run helm against the server; what it prints. Fails with what it says, if it fails."""
        ran = subprocess.run(
            [str(HELM), *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=HELM_S,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.kubeconfig.parent),
                "KUBECONFIG": str(self.kubeconfig),
            },
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout


def _root(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


@contextmanager
def open_cluster(folder: Path) -> Iterator[Cluster]:
    """Start it on loopback, with keys and a token that are made anew and thrown away."""
    programs = [PROGRAMS / "etcd", PROGRAMS / "kube-apiserver"]
    assert all(program.exists() for program in programs), "run `make parts`: no API server is built"
    store, peer, port, token = free_port(), free_port(), free_port(), secrets.token_urlsafe()
    key = folder / "accounts.pem"
    key.write_bytes(
        ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )
    (folder / "tokens.csv").write_text(f"{token},admin,admin,system:masters\n", encoding="utf-8")
    commands = [
        [
            str(programs[0]),
            f"--data-dir={folder}/etcd",
            f"--listen-client-urls=http://127.0.0.1:{store}",
            f"--advertise-client-urls=http://127.0.0.1:{store}",
            f"--listen-peer-urls=http://127.0.0.1:{peer}",
            "--unsafe-no-fsync",
        ],
        [
            str(programs[1]),
            f"--etcd-servers=http://127.0.0.1:{store}",
            "--bind-address=127.0.0.1",
            # Loopback is refused as an address for others to call; nobody calls.
            "--advertise-address=192.0.2.1",
            f"--secure-port={port}",
            f"--cert-dir={folder}/certificates",
            f"--token-auth-file={folder}/tokens.csv",
            "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.invalid",
            f"--service-account-key-file={key}",
            f"--service-account-signing-key-file={key}",
            "--service-cluster-ip-range=10.0.0.0/24",
            # No controller makes the account of each namespace that this plugin waits for.
            "--disable-admission-plugins=ServiceAccount",
        ],
    ]
    running: list[subprocess.Popen[bytes]] = []
    try:
        for command in commands:
            with (folder / f"{Path(command[0]).name}.log").open("wb") as log:
                running.append(subprocess.Popen(command, stdout=log, stderr=log))
        authority = folder / "certificates" / "apiserver.crt"
        _wait_for(authority.exists, running[1])
        context = httpx.create_ssl_context(verify=str(authority))
        with httpx.Client(
            base_url=f"https://127.0.0.1:{port}",
            headers={"Authorization": f"Bearer {token}"},
            verify=context,
            timeout=30,
            trust_env=False,
        ) as client:
            _wait_for(lambda: _ready(client), running[1])
            yield Cluster(client, _kubeconfig(folder, port, token, authority))
    finally:
        for process in reversed(running):
            process.kill()
            process.wait()


def _ready(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _wait_for(reached: Any, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_S
    while not reached():
        assert process.poll() is None, f"{process.args!r} ended with {process.returncode}"
        assert time.monotonic() < deadline, f"{process.args!r} does not get ready"
        time.sleep(0.2)


def _kubeconfig(folder: Path, port: int, token: str, authority: Path) -> Path:
    path = folder / "kubeconfig"
    server = {
        "server": f"https://127.0.0.1:{port}",
        "certificate-authority": str(authority),
    }
    path.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": "test", "cluster": server}],
                "users": [{"name": "admin", "user": {"token": token}}],
                "contexts": [{"name": "test", "context": {"cluster": "test", "user": "admin"}}],
                "current-context": "test",
            }
        ),
        encoding="utf-8",
    )
    path.chmod(0o600)
    return path


def install_arguments(release: str, namespace: str, files: tuple[str, ...]) -> list[str]:
    """Release, chart, namespace and values files, as helm takes them."""
    within = [part for file in files for part in ("--values", str(CHART / file))]
    return [release, str(CHART), "--namespace", namespace, *within]
