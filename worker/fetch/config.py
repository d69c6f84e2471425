"""Settings of the fetchers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

import httpx
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)
from pydantic.networks import IPvAnyNetwork

from worker.fetch.rules import FetchRules
from worker.typed import comma_separated, from_json


def _proxy(value: SecretStr | None) -> SecretStr | None:
    """Raises ``ValueError`` without the value, which may hold a password."""
    if value is None:
        return None
    try:
        url = httpx.URL(value.get_secret_value())
    except httpx.InvalidURL:
        raise ValueError("not a URL") from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise ValueError("not an http:// or https:// URL of a proxy")
    return value


class FetchConfig(BaseModel):
    """What may be fetched, and how long it may take."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: FetchRules = Field(
        default_factory=FetchRules, description="Which URLs are followed; also after a redirect."
    )
    tenants: Annotated[dict[str, FetchRules], BeforeValidator(from_json)] = Field(
        default_factory=dict,
        description="Rules in place of `fetch.rules` for a tenant: in YAML a mapping from its name,"
        " in the environment JSON.",
    )
    allowed_networks: Annotated[tuple[IPvAnyNetwork, ...], BeforeValidator(comma_separated)] = (
        Field(
            default=(),
            description="Networks (CIDR) that may be called although they are not public, such as"
            " that of a store inside the cluster.",
        )
    )
    max_bytes: int = Field(
        default=256 * 1024**2, gt=0, description="Largest media in bytes; reading stops there."
    )
    max_inline_bytes: int = Field(
        default=512 * 1024, gt=0, description="Largest media inside an event, in bytes."
    )
    spill_over_bytes: int = Field(
        default=32 * 1024**2,
        ge=0,
        description="Media larger than this go to a file without a name, not to memory.",
    )
    spill_folder: Path | None = Field(
        default=None,
        description="Folder for these files; the system's own for temporary ones where absent.",
    )
    spill_max_bytes: int = Field(
        default=4 * 1024**3,
        gt=0,
        description="Bytes of all these files together; further ones wait for room.",
    )
    file_root: Path | None = Field(
        default=None, description="Folder under which file:// may read; without it none is read."
    )
    connect_timeout_s: float = Field(
        default=5.0, gt=0, description="Seconds to resolve a name and to connect."
    )
    read_timeout_s: float = Field(
        default=20.0, gt=0, description="Seconds without a byte before a transfer is given up."
    )
    total_timeout_s: float = Field(
        default=120.0, gt=0, description="Seconds for one transfer in all, redirects included."
    )
    max_redirects: int = Field(default=3, ge=0, description="Redirects followed over HTTP.")
    max_connections: int = Field(
        default=100, ge=1, description="Connections open at once over HTTP."
    )
    max_connections_per_host: int = Field(
        default=16, ge=1, description="Transfers at once from one host; further ones wait."
    )
    breaker_failures: int = Field(
        default=10,
        ge=0,
        description="Failures in a row after which a host is left alone for a while; 0: never.",
    )
    breaker_pause_s: float = Field(
        default=30.0, gt=0, description="Seconds that it is left alone; then one transfer tries."
    )
    proxy: Annotated[SecretStr | None, AfterValidator(_proxy)] = Field(
        default=None,
        description="http(s):// URL of a proxy for http(s) media, which then resolves names; those"
        " of the environment are not used.",
    )
    s3_endpoint: str | None = Field(
        default=None, description="Endpoint of an S3-compatible store, such as http://minio:9000."
    )
    s3_region: str | None = Field(default=None, description="Region of the buckets.")
    s3_access_key_id: str | None = Field(
        default=None, description="Access key; the platform's own credentials where absent."
    )
    s3_secret_access_key: SecretStr | None = Field(default=None, description="Secret key.")
    gcs_options: Annotated[dict[str, SecretStr], BeforeValidator(from_json)] = Field(
        default_factory=dict,
        description="Options of obstore's GCSStore, as JSON; ambient credentials where absent.",
    )

    @model_validator(mode="after")
    def _a_file_fits(self) -> Self:
        if self.max_bytes > self.spill_over_bytes and self.spill_max_bytes < self.max_bytes:
            raise ValueError(
                "fetch.spill_max_bytes must have room for one media of fetch.max_bytes"
            )
        return self
