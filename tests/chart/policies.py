"""What a careful operator asks of manifests, each as a small check: `POLICIES`.

After the checks of kube-linter and of the pod security standards, of which none runs here: one is
not to be had as a package, the other is the API server's own (test_cluster.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from tests.chart.rendering import Document, pod_of

Policy = Callable[[Sequence[Document]], Iterator[str]]
"""From all documents of a release to one sentence for each fault."""

PODS = {"Deployment", "StatefulSet", "Job", "CronJob", "Pod"}
LONG_LIVED = {"Deployment", "StatefulSet"}

SECRET_NAME = re.compile(r"(password|passwd|secret|token|api[_-]?key|credential)", re.IGNORECASE)
"""A variable's or a key's name that speaks of a secret."""

POINTER = re.compile(r"(_DIR|_FILE|_PATH|file|path|name|endpoint|audience)$", re.IGNORECASE)
"""One that ends so says where the secret is, not what."""


def pods(documents: Sequence[Document]) -> Iterator[tuple[str, Document]]:
    """Every pod spec, with a name for sentences."""
    for document in documents:
        if document["kind"] in PODS:
            yield f"{document['kind']} {document['metadata']['name']}", pod_of(document)


def containers(documents: Sequence[Document]) -> Iterator[tuple[str, Document, Document]]:
    """Every container, init containers too, with its pod spec."""
    for where, pod in pods(documents):
        for container in [*pod.get("initContainers", []), *pod["containers"]]:
            yield f"{where}, container {container['name']}", container, pod


def no_privilege(documents: Sequence[Document]) -> Iterator[str]:
    """No container is privileged or may become so; all capabilities are dropped, none added."""
    for where, container, _ in containers(documents):
        context = container.get("securityContext", {})
        if context.get("privileged") or context.get("allowPrivilegeEscalation") is not False:
            yield f"{where}: may gain privileges"
        capabilities = context.get("capabilities", {})
        if capabilities.get("drop") != ["ALL"] or capabilities.get("add"):
            yield f"{where}: keeps capabilities"


def no_root(documents: Sequence[Document]) -> Iterator[str]:
    """Numeric users that are not root; images with a name of a user cannot be checked for that."""
    for where, pod in pods(documents):
        context = pod.get("securityContext", {})
        if context.get("runAsNonRoot") is not True or not context.get("runAsUser"):
            yield f"{where}: may run as root"
    for where, container, _ in containers(documents):
        if container.get("securityContext", {}).get("runAsUser") == 0:
            yield f"{where}: runs as root"


def read_only_root(documents: Sequence[Document]) -> Iterator[str]:
    """Root file systems are read only."""
    for where, container, _ in containers(documents):
        if container.get("securityContext", {}).get("readOnlyRootFilesystem") is not True:
            yield f"{where}: can write to its root"


def seccomp(documents: Sequence[Document]) -> Iterator[str]:
    """The runtime's filter of system calls is on."""
    for where, pod in pods(documents):
        if pod.get("securityContext", {}).get("seccompProfile", {}).get("type") != "RuntimeDefault":
            yield f"{where}: no seccomp profile"


def no_host(documents: Sequence[Document]) -> Iterator[str]:
    """Nothing of the node's: namespaces, ports, folders."""
    for where, pod in pods(documents):
        for name in ("hostNetwork", "hostPID", "hostIPC", "hostUsers", "shareProcessNamespace"):
            if pod.get(name):
                yield f"{where}: {name}"
        for volume in pod.get("volumes", []):
            if "hostPath" in volume:
                yield f"{where}: volume {volume['name']} is a folder of the node"
    for where, container, _ in containers(documents):
        if any("hostPort" in port for port in container.get("ports", [])):
            yield f"{where}: a port of the node"


def no_api_token(documents: Sequence[Document]) -> Iterator[str]:
    """No pod gets a token of the API server."""
    for where, pod in pods(documents):
        if pod.get("automountServiceAccountToken") is not False:
            yield f"{where}: a token of the API server is mounted"


def pinned_images(documents: Sequence[Document]) -> Iterator[str]:
    """Images by digest, or by a tag that says which; never `latest`."""
    for where, container, _ in containers(documents):
        image = container["image"]
        tag = image.rsplit("/", 1)[-1].partition(":")[2]
        if "@sha256:" not in image and tag in {"", "latest"}:
            yield f"{where}: image {image} may be another tomorrow"


def resources(documents: Sequence[Document]) -> Iterator[str]:
    """CPU and memory are asked for; memory has a limit, and no more than was asked for."""
    for where, container, _ in containers(documents):
        asked = container.get("resources", {}).get("requests", {})
        limit = container.get("resources", {}).get("limits", {})
        if not {"cpu", "memory"} <= asked.keys() or "memory" not in limit:
            yield f"{where}: requests or limits are missing"
        elif asked["memory"] != limit["memory"]:
            yield f"{where}: may take memory that others count on"


def bounded_volumes(documents: Sequence[Document]) -> Iterator[str]:
    """An emptyDir has a limit: without one it fills the node."""
    for where, pod in pods(documents):
        for volume in pod.get("volumes", []):
            if "emptyDir" in volume and "sizeLimit" not in (volume["emptyDir"] or {}):
                yield f"{where}: volume {volume['name']} has no limit"


def probes(documents: Sequence[Document]) -> Iterator[str]:
    """Workers have all three probes, on a port that they name; liveness is not readiness."""
    for document in documents:
        if document["kind"] not in LONG_LIVED:
            continue
        for container in pod_of(document)["containers"]:
            where = f"{document['metadata']['name']}, container {container['name']}"
            named = {port.get("name") for port in container.get("ports", [])}
            paths = []
            for name in ("startupProbe", "readinessProbe", "livenessProbe"):
                call = container.get(name, {}).get("httpGet")
                if call is None or call["port"] not in named:
                    yield f"{where}: {name} is missing or asks at a port that is not there"
                else:
                    paths.append(call["path"])
            if len(set(paths)) != len(paths):
                yield f"{where}: two probes ask the same"


def spread(documents: Sequence[Document]) -> Iterator[str]:
    """Workers do not all stand on one node, by constraints that count their own pods."""
    for document in documents:
        if document["kind"] not in LONG_LIVED:
            continue
        labels = document["spec"]["template"]["metadata"]["labels"].items()
        constraints = pod_of(document).get("topologySpreadConstraints", [])
        if not constraints and "podAntiAffinity" not in pod_of(document).get("affinity", {}):
            yield f"{document['metadata']['name']}: nothing spreads the pods"
        for constraint in constraints:
            if not constraint["labelSelector"]["matchLabels"].items() <= labels:
                yield f"{document['metadata']['name']}: a constraint counts other pods"


def grace(documents: Sequence[Document]) -> Iterator[str]:
    """Workers get more time to end than the 30 seconds that they would have by default."""
    for document in documents:
        if document["kind"] in LONG_LIVED:
            seconds = pod_of(document).get("terminationGracePeriodSeconds", 30)
            if not 60 < seconds <= 3600:
                yield f"{document['metadata']['name']}: {seconds} s to end"


def ending_jobs(documents: Sequence[Document]) -> Iterator[str]:
    """Jobs end by themselves, and never for ever try again."""
    for document in documents:
        if document["kind"] in {"Job", "CronJob"}:
            spec = document["spec"]
            job = spec["jobTemplate"]["spec"] if document["kind"] == "CronJob" else spec
            where = f"{document['kind']} {document['metadata']['name']}"
            if "activeDeadlineSeconds" not in job:
                yield f"{where}: may run for ever"
            if job.get("backoffLimit", 6) > 3:
                yield f"{where}: tries more than four times"


def no_secret_in_the_open(documents: Sequence[Document]) -> Iterator[str]:
    """No secret in a variable's value or in a ConfigMap; both can be read by many."""
    for where, container, _ in containers(documents):
        for variable in container.get("env", []):
            name = variable["name"]
            if "value" in variable and SECRET_NAME.search(name) and not POINTER.search(name):
                yield f"{where}: {name} stands in the open"
    for document in documents:
        if document["kind"] == "ConfigMap":
            for key, text in document.get("data", {}).items():
                for line in text.splitlines() if key.endswith(".yaml") else ():
                    name, colon, value = line.partition(":")
                    said = value.strip().strip("\"'")
                    if colon and said and SECRET_NAME.search(name) and not POINTER.search(name):
                        yield f"ConfigMap {document['metadata']['name']}: {name.strip()}"


def no_doubled_variable(documents: Sequence[Document]) -> Iterator[str]:
    """No variable twice: the last one wins, and nobody sees the first."""
    for where, container, _ in containers(documents):
        names = [variable["name"] for variable in container.get("env", [])]
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield f"{where}: {name} twice"


def no_service_links(documents: Sequence[Document]) -> Iterator[str]:
    """No variables about Services: one called `vllm` or `ivy` would be read as a setting."""
    for where, pod in pods(documents):
        if pod.get("enableServiceLinks") is not False:
            yield f"{where}: variables of Services come in"


def no_rights(documents: Sequence[Document]) -> Iterator[str]:
    """No rights at the API server at all, so no wildcard either."""
    for document in documents:
        if document["apiVersion"].startswith("rbac."):
            yield f"{document['kind']} {document['metadata']['name']}: rights"


PER_POD: dict[str, Policy] = {
    policy.__name__: policy
    for policy in (
        *(no_privilege, no_root, read_only_root, seccomp, no_host, no_api_token, pinned_images),
        *(resources, bounded_volumes, probes, spread, grace, ending_jobs, no_secret_in_the_open),
        *(no_doubled_variable, no_service_links, no_rights),
    )
}
"""Those that look at one document at a time. test_policies.py has those of several."""
