"""Settings of the health server."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, SecretStr

LEAST_TOKEN = 16
"""Characters of a token: nothing here slows a guesser down."""


class HealthConfig(BaseModel):
    """Where it listens, and who may look inside."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = Field(default="0.0.0.0", description="Address to listen on.")  # noqa: S104 - a pod's probes come from outside it
    port: int = Field(default=8080, ge=0, le=65535, description="Port to listen on; 0 takes any.")
    token: SecretStr | None = Field(
        default=None,
        min_length=LEAST_TOKEN,
        description="Opens `/debug/` to `Authorization: Bearer TOKEN`; without it there is none.",
    )
