"""Fixtures for the whole suite: each real part is started once, when the first test asks for it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

# Several models run beside each other on few cores. Left alone, vLLM binds each engine to the same
# core, and threads of one model spin for those of another. Before torch is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("VLLM_CPU_OMP_THREADS_BIND", "nobind")

pytest_plugins = [
    "tests.support.chromium",
    "tests.support.kafka_broker",
    "tests.support.media_server",
    "tests.support.model_hub",
    "tests.support.redis_server",
    "tests.support.secured_kafka",
    "tests.support.secured_redis",
    "tests.support.stand_ins",
    "tests.support.stream_clients",
    "tests.support.vllm_engine",
    "tests.support.vllm_server",
    "tests.support.wayward_router",
]


@pytest.fixture(autouse=True)
def _shares_the_cores() -> Iterator[None]:
    """A test that leaves its process with real-time priority starves all that run after it.

    See ``tests/support/ordinary_priority.py``, which is what it lacks.
    """
    yield
    policy = os.sched_getscheduler(0)
    if policy != os.SCHED_OTHER:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        pytest.fail(f"the test changed how its process is scheduled: policy {policy}")
