"""Workers, engine and weights: mistakes fail with a sentence on what to change."""

from __future__ import annotations

from typing import Any

import pytest

from tests.chart.mistakes import FEEDER, Case
from tests.chart.rendering import failure, render

SHA = "a" * 40

CASES = {
    # Start and end.
    "grace below drain": Case(
        {"lifecycle": {"terminationGracePeriodSeconds": 60}},
        ("lifecycle.terminationGracePeriodSeconds is 60", "raise it to 90 or more"),
    ),
    "drain raised without grace": Case(
        {"lifecycle": {"drainSeconds": 100.5}}, ("is 120", "(100.5)", "raise it to 131 or more")
    ),
    "drain above poll interval": Case(
        {
            "lifecycle": {"drainSeconds": 60, "terminationGracePeriodSeconds": 200},
            "config": {"kafka": {"consumer": {"max_poll_interval_ms": 60000}}},
        },
        ("config.kafka.consumer.max_poll_interval_ms (60000 ms)", "raise the interval"),
    ),
    "startup probe below load": Case(
        {"probes": {"startup": {"failureThreshold": 30}}},
        ("gives up after 300 s", "raise probes.startup.failureThreshold to 120"),
    ),
    "progress deadline below load": Case(
        {"startup": {"loadSeconds": 1790}}, ("workload.progressDeadlineSeconds", "above 1800")
    ),
    "no pod may move": Case(
        {"workload": {"strategy": {"maxUnavailable": 0}}}, ("are both 0", "set maxUnavailable to 1")
    ),
    "probe slower than its period": Case(
        {"probes": {"liveness": {"timeoutSeconds": 30}}},
        ("probes.liveness.timeoutSeconds (30) must not exceed its periodSeconds (20)",),
    ),
    # How many.
    "replicas over partitions": Case(
        {"workload": {"replicas": 13}},
        ("workload.replicas is 13", "has 12 partitions", "Lower workload.replicas to 12"),
    ),
    "replicas beside autoscaling": Case(
        {"workload": {"replicas": 2}, "autoscaling": {"enabled": True}},
        ("workload.replicas is 2 while autoscaling.enabled", "Remove workload.replicas"),
    ),
    "autoscaling over partitions": Case(
        {"autoscaling": {"enabled": True, "maxReplicas": 13}},
        ("autoscaling.maxReplicas is 13", "Lower autoscaling.maxReplicas to 12"),
    ),
    "fewest over most": Case(
        {"autoscaling": {"enabled": True, "minReplicas": 5}},
        ("autoscaling.minReplicas (5) is above autoscaling.maxReplicas (4)",),
    ),
    "fallback over most": Case(
        {"autoscaling": {"enabled": True, "fallback": {"replicas": 5}}},
        ("autoscaling.fallback.replicas (5) is above",),
    ),
    "no trigger": Case(
        {"autoscaling": {"enabled": True, "kafka": {"enabled": False}}},
        ("has no trigger", "autoscaling.kafka.enabled=true"),
    ),
    "zero workers that tell their age": Case(
        {
            "autoscaling": {
                "enabled": True,
                "minReplicas": 0,
                "kafka": {"enabled": False},
                "age": {"enabled": True},
            }
        },
        ("autoscaling.minReplicas is 0", "none is there to tell it", "minReplicas to 1"),
    ),
    "two ways to count partitions": Case(
        {
            "autoscaling": {
                "enabled": True,
                "kafka": {
                    "limitToPartitionsWithLag": True,
                    "ensureEvenDistributionOfPartitions": True,
                },
            }
        },
        ("contradict each other",),
    ),
    "budget with both": Case(
        {"pdb": {"minAvailable": 1}}, ("are both set", "set the other to null")
    ),
    "budget with neither": Case(
        {"pdb": {"maxUnavailable": None}}, ("pdb.enabled needs pdb.maxUnavailable",)
    ),
    "budget that blocks": Case({"pdb": {"maxUnavailable": 0}}, ("is 0, which keeps every node",)),
    "budget of all": Case(
        {"workload": {"replicas": 2}, "pdb": {"maxUnavailable": None, "minAvailable": 2}},
        ("pdb.minAvailable is 2 with 2 workers", "lower it"),
    ),
    # The engine and its weights.
    "no GPU": Case(
        {"gpu": {"count": 0}},
        ("gpu.count is 0, but model.engine=vllm", "set gpu.count to 1", "model.engine=openai"),
    ),
    "more than one GPU": Case(
        {"gpu": {"count": 2}}, ("drives one GPU", "run more workers (workload.replicas)")
    ),
    "CPU engine with a GPU": Case({"gpu": {"cpuEngine": True}}, ("set gpu.count to 0",)),
    "feeder with a GPU": Case(
        {"gpu": {"count": 1}}, ("would leave that GPU idle", "set gpu.count to 0"), (FEEDER,)
    ),
    "feeder with a CPU engine": Case(
        {"gpu": {"cpuEngine": True}}, ("no effect with model.engine=openai",), (FEEDER,)
    ),
    "feeder of nothing": Case(
        {"model": {"remote": {"baseUrl": ""}}}, ("needs model.remote.baseUrl",), (FEEDER,)
    ),
    "feeder of a folder": Case(
        {"model": {"source": {"type": "pvc", "pvc": {"existingClaim": "w"}}}},
        ("set model.remote.model to the name",),
        (FEEDER,),
    ),
    "GPU named twice": Case(
        {"resources": {"limits": {"nvidia.com/gpu": 1}}},
        ("resources.limits names nvidia.com/gpu", "gpu.resource and gpu.count"),
    ),
    "download without a commit": Case(
        {"model": {"revision": "main", "source": {"type": "init"}}},
        ('model.revision is "main"', "40 hexadecimal digits"),
    ),
    "no claim": Case(
        {"model": {"source": {"type": "pvc"}}}, ("set model.source.pvc.existingClaim",)
    ),
    "an empty claim": Case(
        {"model": {"source": {"type": "pvc", "pvc": {"create": True}}}},
        ("would stay empty", "model.source.init.volume=pvc"),
    ),
    "two claims": Case(
        {
            "model": {
                "revision": SHA,
                "source": {
                    "type": "init",
                    "init": {"volume": "pvc"},
                    "pvc": {"create": True, "existingClaim": "a"},
                },
            }
        },
        ("are both set: choose one",),
    ),
    "no folder": Case(
        {"model": {"source": {"type": "hostPath", "hostPath": {"path": "models"}}}},
        ("model.source.hostPath.path is no absolute path",),
    ),
    "image volume too early": Case(
        {"model": {"source": {"type": "image", "image": {"reference": f"r@sha256:{'0' * 64}"}}}},
        ("needs Kubernetes 1.33 or newer", "this is v1.32.4", "use init or pvc"),
        kube_version="1.32.4",
    ),
    "image by a tag": Case(
        {"model": {"source": {"type": "image", "image": {"reference": "weights:latest"}}}},
        ('model.source.image.reference is "weights:latest"', "by its digest"),
    ),
    "compile cache without a claim": Case(
        {"compileCache": {"type": "pvc"}}, ("compileCache.type=pvc needs",)
    ),
    "compile cache without a folder": Case(
        {"compileCache": {"type": "hostPath", "path": "x"}}, ("set an absolute path",)
    ),
    "memory without a limit": Case(
        {"resources": {"limits": {"memory": None}}}, ("resources.limits.memory is missing",)
    ),
    "memory too small for decoders": Case(
        {"config": {"decode": {"processes": 6}}},
        ("resources.limits.memory is 12Gi", "may come to hold 13568 Mi", "Raise the limit"),
        (FEEDER,),
    ),
    "spilled media that evict the pod": Case(
        {"spill": {"sizeLimit": "4000M"}},
        ("spill.sizeLimit is 4000M", "4294967296 bytes", "raise spill.sizeLimit"),
    ),
    "memory overcommitted": Case(
        {"resources": {"requests": {"memory": "8Gi"}}},
        (
            "resources.requests.memory (8Gi) differs from its limits.memory (32Gi)",
            "make them equal",
        ),
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_mistake_is_told_with_what_to_change(case: Case) -> None:
    case.check()


def test_all_mistakes_are_told_at_once() -> None:
    said = failure(
        {"lifecycle": {"terminationGracePeriodSeconds": 10}, "workload": {"replicas": 99}}
    )
    assert said.count("\n* ") == 2


@pytest.mark.parametrize(
    "values",
    [
        {"lifecycle": {"terminationGracePeriodSeconds": 90}},
        {"workload": {"replicas": 12}},
        {"workload": {"replicas": 0}},
        {"autoscaling": {"enabled": True, "maxReplicas": 12}},
        {"gpu": {"count": 0, "cpuEngine": True}},
        {"pdb": {"enabled": False, "minAvailable": 1}},
        {"pdb": {"maxUnavailable": None, "minAvailable": 1}, "workload": {"replicas": 2}},
        {"probes": {"startup": {"failureThreshold": 120}}},
        {"config": {"engine": {"max_num_batched_tokens": 8192}}},
    ],
    ids=str,
)
def test_what_just_fits_renders(values: dict[str, Any]) -> None:
    assert render(values)


def test_a_cluster_that_is_too_old_is_refused() -> None:
    said = failure({}, kube_version="1.29.9")
    assert "requires kubeVersion: >=1.30.0-0" in said
