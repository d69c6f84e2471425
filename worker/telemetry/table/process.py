"""Metrics of the worker itself and of its machine."""

from __future__ import annotations

from enum import StrEnum

from worker.telemetry.metric import Kind, Label, Metric


class BreakerName(StrEnum):
    """What may be left alone for a while."""

    CACHE = "cache"
    ACTION = "action"
    FETCH_HOSTS = "fetch_hosts"
    REMOTE = "remote"


GPU = Label("gpu", bound="GPUs of the machine")

READY = Metric("ivy.ready", Kind.GAUGE, "1", "1 while the worker takes events.")
BREAKER = Metric(
    "ivy.breaker.open",
    Kind.GAUGE,
    "1",
    "1 while it is open: `cache` left alone, `action` turning `block` into `review`, `fetch_hosts`"
    " with a host left alone, `remote` with a model server that does not answer.",
    (Label.of("breaker", BreakerName),),
)
UNEXPECTED = Metric(
    "ivy.unexpected_errors",
    Kind.COUNTER,
    "{error}",
    "Errors that no failure type stands for: bugs.",
)
BUILD_INFO = Metric(
    "ivy.build.info",
    Kind.GAUGE,
    "1",
    "Always 1; its labels say what runs.",
    (
        Label("version", bound="one, the worker's"),
        Label("model", bound="one, the model spec's id"),
        Label("engine", bound="one, the engine's name and version"),
        Label("mode", bound="one, `policy.mode`"),
    ),
)
GPU_UTILIZATION = Metric(
    "ivy.gpu.utilization",
    Kind.GAUGE,
    "1",
    "Share of the last moments in which the GPU ran anything (NVML); absent without NVML.",
    (GPU,),
)
GPU_MEMORY_USED = Metric(
    "ivy.gpu.memory.used", Kind.GAUGE, "By", "Memory of the GPU in use, by anybody (NVML).", (GPU,)
)
GPU_MEMORY_TOTAL = Metric(
    "ivy.gpu.memory.total", Kind.GAUGE, "By", "Memory of the GPU (NVML).", (GPU,)
)
