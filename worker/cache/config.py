"""Settings of the cache."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class CacheConfig(BaseModel):
    """Where answers are kept, and for how long."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: SecretStr = Field(
        default=SecretStr("redis://localhost:6379/0"),
        description="Redis, as redis:// or rediss:// with user, password and database.",
    )
    prefix: str = Field(default="ivy", description="First part of every key.")
    ttl_s: int = Field(
        default=30 * 24 * 3600, gt=0, description="Seconds for which an answer is kept."
    )
    lease_s: float = Field(
        default=120.0,
        gt=0,
        description="Seconds after which work claimed by a worker that vanished is free again.",
    )
    max_value_bytes: int = Field(
        default=64 * 1024, gt=0, description="Largest answer kept, in bytes."
    )
    timeout_s: float = Field(
        default=1.0, gt=0, description="Seconds for one call; a slow cache is worse than none."
    )
    max_connections: int = Field(default=64, ge=2, description="Connections to Redis at most.")
    retry_after_s: float = Field(
        default=5.0, gt=0, description="Seconds for which a cache that failed is left alone."
    )
