"""Who it is that all telemetry of this process comes from."""

from __future__ import annotations

from functools import cache

from opentelemetry.sdk.resources import (
    SERVICE_NAME,
    SERVICE_VERSION,
    OTELResourceDetector,
    Resource,
)

from worker import __version__

NAME = "ivy-worker"
"""The service's name, and that of the scope of its spans and metrics."""


@cache
def resource() -> Resource:
    """``service.name``, ``.version`` and ``.instance.id`` (by OpenTelemetry a new one each start).

    What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say wins over ours; the SDK has it the other
    way round.
    """
    ours = Resource.create({SERVICE_NAME: NAME, SERVICE_VERSION: __version__})
    return ours.merge(OTELResourceDetector().detect())
