"""Settings of the detector whose model is served elsewhere."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr


class Flavor(StrEnum):
    """How much of the API the server knows."""

    VLLM = "vllm"
    """VLLM's server, or a router before several."""
    OPENAI = "openai"
    """The plain API: the 20 likeliest tokens, no forced conclusion, no verdict first."""


SENDABLE = re.compile(r"[\x21-\x7e]{1,4096}")
"""What can stand in a header: a line break at a secret file's end cannot."""


def _sendable(key: SecretStr) -> SecretStr:
    if not SENDABLE.fullmatch(key.get_secret_value()):
        raise ValueError("a key is printable ASCII, without spaces")
    return key


def _no_slash(url: str) -> str:
    return url.rstrip("/")


class RemoteConfig(BaseModel):
    """Where the model is served, and how patient we are with it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # Without a user's name and password: they would be logged with it.
    base_url: Annotated[str, AfterValidator(_no_slash)] = Field(
        default="http://localhost:8000/v1",
        pattern=r"^https?://[^\s/@?#]+(/[^\s@?#]*)?$",
        description="The API's root, with its `/v1`.",
    )
    api_key: Annotated[SecretStr, AfterValidator(_sendable)] | None = Field(
        default=None, description="Sent as a bearer token; none where absent."
    )
    model: str | None = Field(
        default=None, description="Name that the model is served under; its source where absent."
    )
    flavor: Flavor = Field(
        default=Flavor.VLLM,
        description="`vllm`, also behind a router, or `openai`: the plain API, with no forced"
        " conclusions and no verdict first.",
    )
    max_in_flight: int = Field(
        default=128,
        ge=1,
        description="Questions asked at once; each holds its media, encoded, in memory.",
    )
    encode_threads: int = Field(
        default=4, ge=1, le=64, description="Threads that pack pixels for the way."
    )
    ca_file: Path | None = Field(
        default=None, description="File with the CA's certificate; the system's where absent."
    )
    connect_timeout_s: float = Field(default=5.0, gt=0, description="Seconds to connect.")
    request_timeout_s: float = Field(
        default=300.0, gt=0, description="Seconds for one answer before it is tried again."
    )
    start_timeout_s: float = Field(
        default=1200.0, gt=0, description="Seconds for the server to come up."
    )
    health_interval_s: float = Field(
        default=5.0, gt=0, description="Seconds between two looks at the server's health."
    )
    dead_after_s: float = Field(
        default=300.0,
        gt=0,
        description="Seconds of bad health after which the worker ends; until then it waits.",
    )

    @property
    def in_flight(self) -> int:
        """Requests that a caller should have under way: as many as are asked at once."""
        return max(2, self.max_in_flight)
