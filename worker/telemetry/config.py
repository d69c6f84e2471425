"""Settings of traces, and of metrics that are sent out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Protocol = Literal["http/protobuf", "grpc"]

ENDPOINT_VARIABLES = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""OpenTelemetry's own, the stronger one first (OpenTelemetry Protocol Exporter, "Configuration
Options")."""

PROTOCOL_VARIABLES = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")

EXPORTERS = {
    "http/protobuf": "opentelemetry.exporter.otlp.proto.http",
    "grpc": "opentelemetry.exporter.otlp.proto.grpc",
}
"""The package of each protocol."""


class TelemetryConfig(BaseModel):
    """OpenTelemetry's OTEL_* variables stay in force; what is set here wins over them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    traces: Literal["none", "otlp"] = Field(
        default="none", description="`otlp` sends a trace of each event to a collector."
    )
    metrics_otlp: bool = Field(
        default=False, description="Send metrics to the collector too; `/metrics` is always there."
    )
    otlp_endpoint: str | None = Field(
        default=None,
        pattern=r"^https?://",
        description="The collector, such as `http://collector:4318`; else as"
        " OTEL_EXPORTER_OTLP_ENDPOINT says.",
    )
    otlp_protocol: Protocol | None = Field(
        default=None,
        description="`http/protobuf` or `grpc`; else as OTEL_EXPORTER_OTLP_PROTOCOL says, and"
        " `http/protobuf` where that is not set.",
    )
    sample_ratio: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Share of the traces begun here that are kept; one begun by an uploader is"
        " kept if the uploader keeps it. Else as OTEL_TRACES_SAMPLER says, and 1 without it.",
    )
    record_content: bool = Field(
        default=False,
        description="Put media URLs, and the model's answers, into spans. They are users' data.",
    )
    engine_traces: bool = Field(
        default=False,
        description="Have vLLM add its own spans: to the engine here, an argument; to a server, a"
        " `traceparent` header.",
    )
    engine_ends_file: Path | None = Field(
        default=None,
        description="File in which ends of the engine are counted, for they end the worker as well,"
        " before anybody reads the count: the next start goes on from it. One worker's own, where a"
        " restart of the container leaves it.",
    )

    @property
    def sends(self) -> bool:
        """Whether anything goes to a collector."""
        return self.traces == "otlp" or self.metrics_otlp

    def faults(self) -> Iterator[str]:
        """What is missing, by the setting's name, each with what to do."""
        if self.engine_traces and self.traces == "none":
            yield "telemetry.engine_traces needs telemetry.traces to be `otlp`"
        if not self.sends:
            return
        if not self.endpoint:
            yield (
                "telemetry.otlp_endpoint is not set, nor OTEL_EXPORTER_OTLP_ENDPOINT: say where the"
                " collector is, such as http://collector:4318, or set telemetry.traces to `none`"
            )
        if self.protocol not in EXPORTERS:
            yield (
                f"OTEL_EXPORTER_OTLP_PROTOCOL is {self.protocol!r}: it must be one of"
                f" {', '.join(EXPORTERS)}"
            )
        elif not _is_installed(EXPORTERS[self.protocol]):
            package = EXPORTERS[self.protocol].replace(".", "-")
            yield f"telemetry.otlp_protocol is {self.protocol}, which needs `pip install {package}`"

    @property
    def endpoint(self) -> str | None:
        """The collector, from here or from the standard variables; None where none is named."""
        return self.otlp_endpoint or _first_of(ENDPOINT_VARIABLES)

    @property
    def protocol(self) -> str:
        """How it is spoken to."""
        return self.otlp_protocol or _first_of(PROTOCOL_VARIABLES) or "http/protobuf"

    @property
    def traces_endpoint(self) -> str | None:
        """Where spans go: by HTTP to a path of the collector's, unless that is named whole."""
        whole = os.environ.get(ENDPOINT_VARIABLES[0])
        if self.otlp_endpoint is None and whole:
            return whole
        if self.endpoint is None or self.protocol == "grpc":
            return self.endpoint
        return f"{self.endpoint.rstrip('/')}/v1/traces"


def _first_of(variables: tuple[str, ...]) -> str | None:
    return next((value for name in variables if (value := os.environ.get(name))), None)


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # of the package above it
        return False
