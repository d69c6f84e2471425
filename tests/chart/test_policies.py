"""Every release keeps every policy, and every policy can be broken."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.chart.policies import PER_POD
from tests.chart.references import BETWEEN
from tests.chart.releases import RELEASES, Release, named
from tests.chart.rendering import Document, one, pod_of, workload

POLICIES = {**PER_POD, **BETWEEN}
TOPICS = "ivy-ivy-worker-topics"


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("release", RELEASES, ids=named)
def test_is_kept(release: Release, policy: str) -> None:
    assert list(POLICIES[policy](release.documents())) == []


Mutation = Callable[[list[Document]], Any]


def worker(documents: list[Document]) -> Document:
    """The worker's container itself, to be changed."""
    found: Document = pod(documents)["containers"][0]
    return found


def pod(documents: list[Document]) -> Document:
    """The pod spec of the workload itself."""
    found: Document = workload(documents)["spec"]["template"]["spec"]
    return found


def context(documents: list[Document]) -> Document:
    found: Document = worker(documents)["securityContext"]
    return found


def variable(documents: list[Document]) -> list[Document]:
    found: list[Document] = worker(documents)["env"]
    return found


def settings(documents: list[Document]) -> Document:
    found: Document = one(documents, "ConfigMap", "ivy-ivy-worker")["data"]
    return found


def volume(documents: list[Document], name: str) -> Document:
    found: Document = next(v for v in pod(documents)["volumes"] if v["name"] == name)
    return found


def open_egress(documents: list[Document], rule: dict[str, Any]) -> None:
    policy = next(d for d in documents if d["kind"] == "NetworkPolicy" and "egress" in d["spec"])
    policy["spec"]["egress"].append(rule)


def without(documents: list[Document], kind: str) -> None:
    documents[:] = [document for document in documents if document["kind"] != kind]


MUTATIONS: list[tuple[str, Mutation]] = [
    ("no_privilege", lambda d: context(d).update(privileged=True)),
    ("no_privilege", lambda d: context(d).pop("allowPrivilegeEscalation")),
    ("no_privilege", lambda d: context(d).update(capabilities={"drop": ["NET_RAW"]})),
    ("no_privilege", lambda d: context(d)["capabilities"].update(add=["SYS_ADMIN"])),
    ("no_root", lambda d: pod(d)["securityContext"].update(runAsNonRoot=False)),
    ("no_root", lambda d: pod(d)["securityContext"].update(runAsUser=0)),
    ("no_root", lambda d: context(d).update(runAsUser=0)),
    ("read_only_root", lambda d: context(d).pop("readOnlyRootFilesystem")),
    ("seccomp", lambda d: pod(d)["securityContext"].pop("seccompProfile")),
    ("no_host", lambda d: pod(d).update(hostPID=True)),
    ("no_host", lambda d: worker(d)["ports"][0].update(hostPort=8080)),
    ("no_host", lambda d: pod(d)["volumes"].append({"name": "x", "hostPath": {"path": "/"}})),
    ("no_api_token", lambda d: pod(d).pop("automountServiceAccountToken")),
    ("pinned_images", lambda d: worker(d).update(image="registry.example.com:5000/ivy-worker")),
    ("pinned_images", lambda d: worker(d).update(image="registry.example.com/ivy-worker:latest")),
    ("resources", lambda d: worker(d)["resources"].pop("limits")),
    ("resources", lambda d: worker(d)["resources"]["limits"].update(memory="99Gi")),
    ("bounded_volumes", lambda d: volume(d, "tmp").update(emptyDir={})),
    ("probes", lambda d: worker(d).pop("startupProbe")),
    ("probes", lambda d: worker(d)["livenessProbe"]["httpGet"].update(path="/readyz")),
    ("probes", lambda d: worker(d)["livenessProbe"]["httpGet"].update(port="metrics")),
    ("spread", lambda d: pod(d).pop("topologySpreadConstraints")),
    (
        "spread",
        lambda d: pod(d)["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"].update(
            app="other"
        ),
    ),
    ("grace", lambda d: pod(d).pop("terminationGracePeriodSeconds")),
    (
        "ending_jobs",
        lambda d: one(d, "CronJob")["spec"]["jobTemplate"]["spec"].update(backoffLimit=9),
    ),
    ("no_secret_in_the_open", lambda d: variable(d).append({"name": "HF_TOKEN", "value": "hf_x"})),
    (
        "no_secret_in_the_open",
        lambda d: settings(d).update({"worker.yaml": "kafka:\n  sasl_password: hunter2\n"}),
    ),
    ("no_doubled_variable", lambda d: variable(d).append(variable(d)[0])),
    ("no_service_links", lambda d: pod(d).pop("enableServiceLinks")),
    (
        "no_rights",
        lambda d: d.append(
            {
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": "Role",
                "metadata": {"name": "ivy"},
                "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}],
            }
        ),
    ),
    ("selectors", lambda d: one(d, "Service")["spec"]["selector"].update(app="other")),
    (
        "selectors",
        lambda d: one(d, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"].update(a="b"),
    ),
    ("monitors", lambda d: one(d, "PodMonitor")["spec"]["podMetricsEndpoints"][0].update(port="x")),
    ("service_ports", lambda d: one(d, "Service")["spec"]["ports"][0].update(targetPort="http")),
    ("accounts", lambda d: without(d, "ServiceAccount")),
    ("sources", lambda d: without(d, "PersistentVolumeClaim")),
    ("sources", lambda d: without(d, "ExternalSecret")),
    (
        "sources",
        lambda d: variable(d).append(
            {"name": "A", "valueFrom": {"secretKeyRef": {"name": "other", "key": "a"}}}
        ),
    ),
    ("mounts", lambda d: pod(d)["volumes"].append({"name": "more", "emptyDir": {}})),
    ("mounts", lambda d: worker(d)["volumeMounts"].append({"name": "no", "mountPath": "/no"})),
    ("mounts", lambda d: worker(d)["volumeMounts"].append({"name": "shm", "mountPath": "/tmp"})),
    ("scaled", lambda d: workload(d)["spec"].update(replicas=2)),
    ("scaled", lambda d: one(d, "ScaledObject")["spec"]["scaleTargetRef"].update(name="other")),
    ("scaled", lambda d: without(d, "TriggerAuthentication")),
    ("guarded", lambda d: without(d, "PodDisruptionBudget")),
    ("guarded", lambda d: without(d, "NetworkPolicy")),
    (
        "metadata_unreachable",
        lambda d: open_egress(d, {"to": [{"ipBlock": {"cidr": "160.0.0.0/4"}}]}),
    ),
    ("metadata_unreachable", lambda d: open_egress(d, {"to": [{"ipBlock": {"cidr": "::/0"}}]})),
    ("metadata_unreachable", lambda d: open_egress(d, {"ports": [{"port": 80}]})),
    ("egress_ports", lambda d: open_egress(d, {"to": [{"podSelector": {}}], "ports": None})),
]


@pytest.mark.parametrize(("policy", "mutation"), MUTATIONS)
def test_can_be_broken(policy: str, mutation: Mutation) -> None:
    """One change to a release that kept the policy, and the policy has something to say."""
    everything = next(release for release in RELEASES if release.name == "gpu-everything")
    documents = copy.deepcopy(everything.documents())
    before = list(POLICIES[policy](documents))
    mutation(documents)
    assert set(POLICIES[policy](documents)) - set(before)


def test_every_policy_is_broken_once() -> None:
    assert {policy for policy, _ in MUTATIONS} == POLICIES.keys()


def test_pods_of_all_kinds_are_looked_at() -> None:
    everything = next(release for release in RELEASES if release.name == "gpu-everything")
    found = {d["kind"] for d in everything.documents() if d["kind"] in {"Job", "Pod", "CronJob"}}
    assert found == {"Job", "Pod", "CronJob"}
    assert all(pod_of(d)["containers"] for d in everything.documents() if d["kind"] in found)
