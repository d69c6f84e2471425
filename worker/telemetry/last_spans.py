"""Sending what spans are left when a process ends, without waiting for a collector that is away."""

from __future__ import annotations

import threading

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import get_tracer_provider

FLUSH_S = 3.0
"""The SDK's own 30 s are a pod's whole grace, and it takes no other limit here."""


def end_provider(provider: TracerProvider) -> bool:
    """End it, with its last spans sent. False if they were not taken in ``FLUSH_S``. Blocks."""
    # On a thread that ends with the process, if it must.
    ending = threading.Thread(target=provider.shutdown, name="last-spans", daemon=True)
    ending.start()
    ending.join(FLUSH_S)
    return not ending.is_alive()


def send_last_spans() -> None:
    """Of the process's own provider: where vLLM made one, in the engine process."""
    provider = get_tracer_provider()
    if isinstance(provider, TracerProvider):
        end_provider(provider)
