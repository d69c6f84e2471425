"""What an engine must know to send its own spans, and what it is told of each question's."""

from __future__ import annotations

from dataclasses import dataclass

from opentelemetry.sdk.resources import SERVICE_NAME

from worker.telemetry.config import TelemetryConfig
from worker.telemetry.propagation import carrier_of
from worker.telemetry.resource import resource


@dataclass(frozen=True, slots=True)
class EngineTraces:
    """Where vLLM sends its spans (its argument otlp_traces_endpoint), and how."""

    endpoint: str
    protocol: str

    @classmethod
    def of(cls, config: TelemetryConfig) -> EngineTraces | None:
        """By the settings; None where the engine is to have no spans of its own."""
        if not config.engine_traces or config.traces == "none" or not config.traces_endpoint:
            return None
        return cls(config.traces_endpoint, config.protocol)

    @property
    def environment(self) -> dict[str, str]:
        """What vLLM reads from its environment: it has no arguments for these."""
        ours = str(resource().attributes[SERVICE_NAME])
        return {
            "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": self.protocol,
            "OTEL_SERVICE_NAME": f"{ours}-engine",
        }

    def carrier(self) -> dict[str, str]:
        """The current context, for the question that is asked in it."""
        return carrier_of()
