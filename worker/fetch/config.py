"""Settings of the fetchers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr


def _mapping(value: Any) -> Any:
    """Mappings in an environment variable are JSON."""
    return json.loads(value) if isinstance(value, str) else value


class FetchConfig(BaseModel):
    """What may be fetched, and how long it may take."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_bytes: int = Field(
        default=256 * 1024**2, gt=0, description="Largest media in bytes; reading stops there."
    )
    max_inline_bytes: int = Field(
        default=512 * 1024, gt=0, description="Largest media inside an event, in bytes."
    )
    file_root: Path | None = Field(
        default=None, description="Folder under which file:// may read; without it none is read."
    )
    connect_timeout_s: float = Field(default=5.0, gt=0, description="Seconds to connect.")
    read_timeout_s: float = Field(
        default=20.0, gt=0, description="Seconds without a byte before a transfer is given up."
    )
    total_timeout_s: float = Field(
        default=120.0, gt=0, description="Seconds for one transfer in all."
    )
    max_redirects: int = Field(default=3, ge=0, description="Redirects followed over HTTP.")
    max_connections: int = Field(
        default=100, ge=1, description="Connections open at once over HTTP."
    )
    s3_endpoint: str | None = Field(
        default=None, description="Endpoint of an S3-compatible store, such as http://minio:9000."
    )
    s3_region: str | None = Field(default=None, description="Region of the buckets.")
    s3_access_key_id: str | None = Field(
        default=None, description="Access key; the platform's own credentials where absent."
    )
    s3_secret_access_key: SecretStr | None = Field(default=None, description="Secret key.")
    gcs_options: Annotated[dict[str, SecretStr], BeforeValidator(_mapping)] = Field(
        default_factory=dict,
        description="Options of obstore's GCSStore, as JSON; ambient credentials where absent.",
    )
