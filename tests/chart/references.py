"""What documents say of each other: selectors, accounts, volumes. Each check as in policies.py."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_network

from tests.chart.policies import LONG_LIVED, Policy, containers, pods
from tests.chart.rendering import Document, pod_of
from worker.fetch.metadata import METADATA_ADDRESSES

GIVEN = {
    *("kafka-user", "kafka-ca", "redis-user", "redis-ca", "ivy-debug"),
    *("kafka-client", "kafka-admin", "kafka-replay", "authorities"),
}
"""Secrets that the releases of releases.py take as there."""


def names(documents: Sequence[Document], kind: str) -> set[str]:
    """Names of all documents of a kind."""
    return {document["metadata"]["name"] for document in documents if document["kind"] == kind}


def pod_labels(documents: Sequence[Document]) -> list[dict[str, str]]:
    """Labels of every pod that lasts."""
    return [
        document["spec"]["template"]["metadata"]["labels"]
        for document in documents
        if document["kind"] in LONG_LIVED
    ]


def selectors(documents: Sequence[Document]) -> Iterator[str]:
    """What selects pods selects the workers', and a workload selects its own."""
    found = pod_labels(documents)
    for document in documents:
        spec = document.get("spec", {})
        match document["kind"]:
            case "Deployment" | "StatefulSet" | "PodDisruptionBudget" | "PodMonitor":
                wanted = spec["selector"]["matchLabels"]
            case "NetworkPolicy":
                wanted = spec["podSelector"].get("matchLabels", {})
            case "Service":
                wanted = spec["selector"]
            case _:
                continue
        if not any(wanted.items() <= labels.items() for labels in found):
            yield f"{document['kind']} {document['metadata']['name']}: selects no worker"


def monitors(documents: Sequence[Document]) -> Iterator[str]:
    """A ServiceMonitor finds a Service, and asks at a port that it has."""
    services = [document for document in documents if document["kind"] == "Service"]
    for document in documents:
        if document["kind"] == "ServiceMonitor":
            wanted = document["spec"]["selector"]["matchLabels"].items()
            found = [s for s in services if wanted <= s["metadata"]["labels"].items()]
            ports = {port["name"] for service in found for port in service["spec"]["ports"]}
            if not {end["port"] for end in document["spec"]["endpoints"]} <= ports:
                yield f"ServiceMonitor {document['metadata']['name']}: no such Service or port"
        if document["kind"] == "PodMonitor":
            ports = {
                port["name"]
                for _, container, _ in containers(documents)
                for port in container.get("ports", [])
            }
            if not {end["port"] for end in document["spec"]["podMetricsEndpoints"]} <= ports:
                yield f"PodMonitor {document['metadata']['name']}: no such port"


def service_ports(documents: Sequence[Document]) -> Iterator[str]:
    """A Service leads to ports that the workers have."""
    ports = {
        port["name"]
        for document in documents
        if document["kind"] in LONG_LIVED
        for container in pod_of(document)["containers"]
        for port in container.get("ports", [])
    }
    for document in documents:
        if document["kind"] == "Service":
            for port in document["spec"]["ports"]:
                if port["targetPort"] not in ports:
                    yield f"Service {document['metadata']['name']}: no port {port['targetPort']}"


def accounts(documents: Sequence[Document]) -> Iterator[str]:
    """Pods run under an account of the release, or under the namespace's own."""
    made = names(documents, "ServiceAccount") | {"default"}
    for where, pod in pods(documents):
        if pod.get("serviceAccountName", "default") not in made:
            yield f"{where}: no ServiceAccount {pod['serviceAccountName']}"


def sources(documents: Sequence[Document]) -> Iterator[str]:
    """ConfigMaps, Secrets and claims that pods name are of the release, or given."""
    made = {kind: names(documents, kind) for kind in ("ConfigMap", "PersistentVolumeClaim")}
    made["Secret"] = (
        names(documents, "Secret")
        | GIVEN
        | {
            document["spec"]["target"]["name"]
            for document in documents
            if document["kind"] == "ExternalSecret"
        }
    )
    for where, pod in pods(documents):
        for kind, name in _named(pod):
            if name not in made[kind]:
                yield f"{where}: no {kind} {name}"


def _named(pod: Document) -> Iterator[tuple[str, str]]:
    for volume in pod.get("volumes", []):
        for source in (volume, *volume.get("projected", {}).get("sources", [])):
            if "configMap" in source:
                yield "ConfigMap", source["configMap"]["name"]
            if "secret" in source:
                yield "Secret", source["secret"].get("secretName") or source["secret"]["name"]
            if "persistentVolumeClaim" in source:
                yield "PersistentVolumeClaim", source["persistentVolumeClaim"]["claimName"]
    for container in [*pod.get("initContainers", []), *pod["containers"]]:
        for variable in container.get("env", []):
            origin = variable.get("valueFrom", {})
            if "secretKeyRef" in origin:
                yield "Secret", origin["secretKeyRef"]["name"]
            if "configMapKeyRef" in origin:
                yield "ConfigMap", origin["configMapKeyRef"]["name"]


def mounts(documents: Sequence[Document]) -> Iterator[str]:
    """Every mount has its volume, every volume a mount, and no two mounts one place."""
    for where, pod in pods(documents):
        there = {volume["name"] for volume in pod.get("volumes", [])}
        used: set[str] = set()
        for container in [*pod.get("initContainers", []), *pod["containers"]]:
            taken = container.get("volumeMounts", [])
            used |= {mount["name"] for mount in taken}
            places = [mount["mountPath"] for mount in taken]
            if len(set(places)) != len(places):
                yield f"{where}, container {container['name']}: two mounts at one place"
        for name in sorted(used ^ there):
            yield f"{where}: {name} is a mount without volume, or a volume without mount"


def scaled(documents: Sequence[Document]) -> Iterator[str]:
    """A ScaledObject scales the workload, which then says no number of its own."""
    workloads = {
        (document["kind"], document["metadata"]["name"]): document["spec"]
        for document in documents
        if document["kind"] in LONG_LIVED
    }
    made = names(documents, "TriggerAuthentication")
    for document in documents:
        if document["kind"] != "ScaledObject":
            continue
        target = document["spec"]["scaleTargetRef"]
        spec = workloads.get((target.get("kind", "Deployment"), target["name"]))
        if spec is None or "replicas" in spec:
            yield f"ScaledObject {document['metadata']['name']}: its workload is not there or fixed"
        for trigger in document["spec"]["triggers"]:
            if "authenticationRef" in trigger and trigger["authenticationRef"]["name"] not in made:
                yield f"ScaledObject {document['metadata']['name']}: no TriggerAuthentication"


def guarded(documents: Sequence[Document]) -> Iterator[str]:
    """Workers have a disruption budget and a network policy for both directions."""
    for labels in pod_labels(documents):
        budgets = [d for d in documents if d["kind"] == "PodDisruptionBudget"]
        if not any(_selects(d["spec"]["selector"], labels) for d in budgets):
            yield "no PodDisruptionBudget for the workers"
        policies = [
            d["spec"]
            for d in documents
            if d["kind"] == "NetworkPolicy" and _selects(d["spec"]["podSelector"], labels)
        ]
        directions = {way for spec in policies for way in spec["policyTypes"]}
        if directions != {"Ingress", "Egress"}:
            yield "no NetworkPolicy for both directions of the workers"


def metadata_unreachable(documents: Sequence[Document]) -> Iterator[str]:
    """No rule of egress leads to a metadata service; one without peers leads everywhere."""
    for document in documents:
        if document["kind"] != "NetworkPolicy":
            continue
        for rule in document["spec"].get("egress", []):
            for address in sorted(METADATA_ADDRESSES, key=str):
                if any(_reaches(peer, address) for peer in rule.get("to") or [ANYWHERE]):
                    yield f"NetworkPolicy {document['metadata']['name']}: {address}"


ANYWHERE: Document = {}
"""A peer that stands for a rule without any."""


def _reaches(peer: Document, address: IPv4Address | IPv6Address) -> bool:
    if peer == ANYWHERE:
        return True
    block = peer.get("ipBlock")
    if block is None or address not in ip_network(block["cidr"]):
        return False
    return not any(address in ip_network(out) for out in block.get("except", []))


def egress_ports(documents: Sequence[Document]) -> Iterator[str]:
    """Every rule of egress names its ports: one without opens all of them."""
    for document in documents:
        if document["kind"] == "NetworkPolicy":
            for number, rule in enumerate(document["spec"].get("egress", [])):
                if not rule.get("ports"):
                    yield f"NetworkPolicy {document['metadata']['name']}: all ports, rule {number}"


def _selects(selector: Document, labels: dict[str, str]) -> bool:
    wanted: dict[str, str] = selector.get("matchLabels", {})
    return wanted.items() <= labels.items()


BETWEEN: dict[str, Policy] = {
    policy.__name__: policy
    for policy in (
        *(selectors, monitors, service_ports, accounts, sources, mounts, scaled, guarded),
        *(metadata_unreachable, egress_ports),
    )
}
"""Those that look at several documents together."""
