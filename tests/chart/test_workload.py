"""The workers' pods."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.mistakes import FEEDER, STATIC
from tests.chart.rendering import (
    CHART,
    RELEASE,
    helm,
    of_kind,
    one,
    pod_of,
    render,
    worker_of,
    workload,
)

GPU = "values-gpu.yaml"
DIGEST = "sha256:" + "0" * 64


def env_of(container: dict[str, Any]) -> dict[str, Any]:
    """Variables by name: their values, or where they come from."""
    return {entry["name"]: entry.get("value", entry.get("valueFrom")) for entry in container["env"]}


def test_a_rollout_replaces_one_by_one_and_needs_no_spare_gpu() -> None:
    deployment = one(render(), "Deployment")["spec"]
    assert deployment["strategy"]["rollingUpdate"] == {"maxSurge": 0, "maxUnavailable": 1}
    assert deployment["progressDeadlineSeconds"] == 1800
    assert deployment["replicas"] == 1


def test_recreate_has_no_rolling_update() -> None:
    values = {"workload": {"strategy": {"type": "Recreate"}}}
    assert one(render(values), "Deployment")["spec"]["strategy"] == {"type": "Recreate"}


def test_a_stateful_set_has_a_headless_service_and_no_deployment() -> None:
    documents = render(files=[GPU, STATIC])
    assert not of_kind(documents, "Deployment")
    made = one(documents, "StatefulSet")["spec"]
    service = one(documents, "Service")
    assert made["serviceName"] == service["metadata"]["name"]
    assert service["spec"]["clusterIP"] == "None"
    assert made["podManagementPolicy"] == "Parallel"
    env = env_of(worker_of(documents))
    names = list(env)
    # A variable can name only those before it.
    assert names.index("K8S_POD_NAME") < names.index("IVY_KAFKA__CONSUMER__GROUP_INSTANCE_ID")
    assert env["IVY_KAFKA__PRODUCER__TRANSACTIONAL_ID"] == "$(K8S_POD_NAME)"


def test_no_replicas_beside_keda() -> None:
    for files in ([], [STATIC]):
        documents = render({"autoscaling": {"enabled": True}}, files=files)
        assert "replicas" not in workload(documents)["spec"]


def test_a_gpu_worker_asks_for_its_gpu() -> None:
    resources = worker_of(render())["resources"]
    assert resources["limits"]["nvidia.com/gpu"] == "1"
    assert resources["requests"]["memory"] == resources["limits"]["memory"]


def test_a_mig_profile_and_a_runtime_class() -> None:
    values = {"gpu": {"resource": "nvidia.com/mig-3g.40gb"}, "runtimeClassName": "nvidia"}
    documents = render(values)
    assert worker_of(documents)["resources"]["limits"]["nvidia.com/mig-3g.40gb"] == "1"
    assert pod_of(workload(documents))["runtimeClassName"] == "nvidia"


def test_a_feeder_asks_for_no_gpu() -> None:
    documents = render(files=[FEEDER])
    resources = worker_of(documents)["resources"]
    assert not [name for name in resources["limits"] if "nvidia" in name]
    assert "tolerations" not in pod_of(workload(documents))


@pytest.mark.parametrize(
    ("image", "files", "shown"),
    [
        ({}, (), "registry.example.com/ivy-worker:0.1.0-gpu"),
        ({}, (FEEDER,), "registry.example.com/ivy-worker:0.1.0-slim"),
        ({"registry": "", "tag": "mine"}, (), "ivy-worker:mine"),
        ({"tag": "mine", "digest": DIGEST}, (), f"registry.example.com/ivy-worker@{DIGEST}"),
    ],
)
def test_image(image: dict[str, str], files: tuple[str, ...], shown: str) -> None:
    assert worker_of(render({"image": image}, files=files))["image"] == shown


def test_a_parent_charts_registry_and_pull_secrets() -> None:
    values = {
        "global": {"imageRegistry": "mirror:5000", "imagePullSecrets": ["a"]},
        "image": {"pullSecrets": ["a", "b"]},
    }
    documents = render(values)
    assert worker_of(documents)["image"] == "mirror:5000/ivy-worker:0.1.0-gpu"
    assert pod_of(workload(documents))["imagePullSecrets"] == [{"name": "a"}, {"name": "b"}]


def test_the_grace_period_holds_a_drain() -> None:
    values = {"lifecycle": {"drainSeconds": 200, "terminationGracePeriodSeconds": 240}}
    assert pod_of(workload(render(values)))["terminationGracePeriodSeconds"] == 240


def test_probes() -> None:
    worker = worker_of(render({"startup": {"loadSeconds": 605}}))
    startup = worker["startupProbe"]
    assert startup["httpGet"] == {"path": "/startupz", "port": "health"}
    # A minute beyond the load, rounded up to whole periods.
    assert startup["failureThreshold"] * startup["periodSeconds"] == 670
    assert worker["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert worker["livenessProbe"]["httpGet"]["path"] == "/livez"
    assert worker["ports"] == [{"name": "health", "containerPort": 8080, "protocol": "TCP"}]


def test_nothing_can_be_written_but_what_is_mounted_for_it() -> None:
    documents = render()
    worker = worker_of(documents)
    writable = {m["mountPath"] for m in worker["volumeMounts"] if not m.get("readOnly")}
    assert writable == {"/tmp", "/dev/shm", "/var/spool/ivy-worker", "/var/cache/ivy-worker"}
    env = env_of(worker)
    for name in ("HOME", "TMPDIR", "HF_HOME", "XDG_CACHE_HOME", "VLLM_CACHE_ROOT"):
        assert any(env[name].startswith(folder) for folder in writable), name
    volumes = {volume["name"]: volume for volume in pod_of(workload(documents))["volumes"]}
    assert volumes["shm"]["emptyDir"] == {"medium": "Memory", "sizeLimit": "2Gi"}
    # In memory, large media would be in memory after all.
    assert "medium" not in volumes["spill"]["emptyDir"]
    for volume in volumes.values():
        assert "sizeLimit" in volume.get("emptyDir", {"sizeLimit": ""})


def test_the_compile_cache_on_a_claim() -> None:
    documents = render({"compileCache": {"type": "pvc", "existingClaim": "compiled-h100"}})
    env = env_of(worker_of(documents))
    mounts = {m["name"]: m["mountPath"] for m in worker_of(documents)["volumeMounts"]}
    for name in ("VLLM_CACHE_ROOT", "TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR"):
        assert env[name].startswith(mounts["compile-cache"])


def test_a_change_of_settings_makes_new_pods() -> None:
    first, second = (
        workload(render({"config": {"policy": {"mode": mode}}}))["spec"]["template"]["metadata"]
        for mode in ("live", "shadow")
    )
    assert first["annotations"]["checksum/config"] != second["annotations"]["checksum/config"]
    assert first["labels"] == second["labels"]


def test_a_new_chart_alone_makes_no_new_pods(tmp_path: Path) -> None:
    newer = shutil.copytree(CHART, tmp_path / "chart")
    about = newer / "Chart.yaml"
    text = about.read_text(encoding="utf-8")
    about.write_text(re.sub("(?m)^version: .*$", "version: 9.9.9", text), encoding="utf-8")
    first, second = (
        [one for one in yaml.safe_load_all(helm("template", RELEASE, str(chart)).out) if one]
        for chart in (CHART, newer)
    )
    assert first != second
    assert workload(first)["spec"]["template"] == workload(second)["spec"]["template"]


def test_the_selector_is_among_the_labels_and_users_cannot_break_it() -> None:
    name = "app.kubernetes.io/name"
    values = {"podLabels": {name: "other", "team": "trust"}, "commonLabels": {name: "other"}}
    spec = workload(render(values))["spec"]
    labels = spec["template"]["metadata"]["labels"]
    assert spec["selector"]["matchLabels"].items() <= labels.items()
    assert labels["team"] == "trust"


def test_where_pods_go() -> None:
    values = {
        "nodeSelector": {"gpu": "h100"},
        "priorityClassName": "moderation",
        "affinity": {"podAntiAffinity": {}},
        "topologySpreadConstraints": [
            {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}
        ],
    }
    documents = render(values)
    pod = pod_of(workload(documents))
    assert pod["nodeSelector"] == {"gpu": "h100"}
    assert pod["priorityClassName"] == "moderation"
    assert pod["affinity"] == {"podAntiAffinity": {}}
    spread = pod["topologySpreadConstraints"][0]
    assert spread["topologyKey"] == "zone"
    selector = workload(documents)["spec"]["selector"]
    assert spread["labelSelector"] == selector


def test_the_pod_says_who_it_is_to_the_collector() -> None:
    env = env_of(worker_of(render({"telemetry": {"resourceAttributes": {"cloud.zone": "a"}}})))
    attributes = dict(pair.split("=") for pair in env["OTEL_RESOURCE_ATTRIBUTES"].split(","))
    assert attributes["k8s.pod.name"] == "$(K8S_POD_NAME)"
    assert attributes["service.instance.id"] == "$(K8S_POD_UID)"
    assert attributes["k8s.deployment.name"] == "ivy-ivy-worker"
    assert attributes["cloud.zone"] == "a"
    for name in ("POD_NAME", "POD_UID", "NAMESPACE_NAME", "NODE_NAME"):
        assert "fieldRef" in env[f"K8S_{name}"]
        assert list(env).index(f"K8S_{name}") < list(env).index("OTEL_RESOURCE_ATTRIBUTES")


def test_extras() -> None:
    values = {
        "extraEnv": [{"name": "HTTPS_PROXY", "value": "http://{{ .Release.Name }}-proxy"}],
        "extraEnvFrom": [{"secretRef": {"name": "more"}}],
        "extraVolumes": [{"name": "specs", "configMap": {"name": "specs"}}],
        "extraVolumeMounts": [{"name": "specs", "mountPath": "/specs"}],
        "extraContainers": [{"name": "beside", "image": "busybox"}],
        "initContainers": [{"name": "before", "image": "busybox"}],
        "extraObjects": [
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "{{ .Release.Name }}-x"}}
        ],
    }
    documents = render(values)
    pod, worker = pod_of(workload(documents)), worker_of(documents)
    assert env_of(worker)["HTTPS_PROXY"] == "http://ivy-proxy"
    assert worker["envFrom"] == [{"secretRef": {"name": "more"}}]
    assert {"name": "specs", "mountPath": "/specs"} in worker["volumeMounts"]
    assert {"name": "specs", "configMap": {"name": "specs"}} in pod["volumes"]
    assert [c["name"] for c in pod["containers"]] == ["worker", "beside"]
    assert [c["name"] for c in pod["initContainers"]] == ["before"]
    assert one(documents, "ConfigMap", "ivy-x")


def test_no_pod_has_a_token_or_a_root() -> None:
    values = {
        "topics": {"provision": {"enabled": True}},
        "deadLetterReplay": {"enabled": True},
        "model": {"revision": "a" * 40, "source": {"type": "init"}},
    }
    kinds = ("Deployment", "Job", "CronJob", "Pod")
    pods = [pod_of(found) for found in render(values) if found["kind"] in kinds]
    assert len(pods) == 6
    for pod in pods:
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["containers"] + pod.get("initContainers", []):
            own = container["securityContext"]
            assert own["readOnlyRootFilesystem"] is True
            assert own["allowPrivilegeEscalation"] is False
            assert own["capabilities"] == {"drop": ["ALL"]}
            assert container["resources"]["limits"]["memory"]
