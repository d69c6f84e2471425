"""Which URLs a tenant's media may have."""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import Annotated, Literal

import httpx
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from worker.typed import comma_separated

ANY = "*"

NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-)){0,126}")
"""A host name in ASCII (RFC 1123, 2.1), with the underscore that real names have."""

BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,220}[A-Za-z0-9]")
"""Names of buckets: 3 to 63 characters at AWS, 222 at Google, older ones with capitals."""


def host_pattern(text: str) -> str:
    """A pattern as hosts are compared with it: in ASCII, small letters. Raises ``ValueError``."""
    stem = text.removeprefix("*.")
    if text == ANY:
        return text
    try:
        name = httpx.URL(scheme="http", host=stem).raw_host.decode("ascii")
    except httpx.InvalidURL as error:
        raise ValueError(f"{text!r} is no host") from error
    if ":" in name:
        return str(IPv6Address(name))
    if not NAME.fullmatch(name):
        raise ValueError(f"{text!r} is no host, no `*.` before one, and not `*`")
    return text[: len(text) - len(stem)] + name


def bucket_pattern(text: str) -> str:
    """A bucket's name, perhaps with ``*`` for its end. Raises ``ValueError``."""
    if text != ANY and not BUCKET.fullmatch(text.removesuffix("*") + "x" * text.endswith("*")):
        raise ValueError(f"{text!r} is no bucket's name, and no beginning of one with `*` after it")
    return text


Hosts = Annotated[
    tuple[Annotated[str, AfterValidator(host_pattern)], ...], BeforeValidator(comma_separated)
]
Buckets = Annotated[
    tuple[Annotated[str, AfterValidator(bucket_pattern)], ...], BeforeValidator(comma_separated)
]
Scheme = Literal["http", "https", "s3", "gs", "file"]
Port = Annotated[int, Field(ge=1, le=65535)]


class FetchRules(BaseModel):
    """What may be fetched. The same rules hold for where a redirect points to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    allowed_schemes: Annotated[tuple[Scheme, ...], BeforeValidator(comma_separated)] = Field(
        default=("http", "https", "s3", "gs", "file"), description="Schemes that are taken."
    )
    allowed_hosts: Hosts = Field(
        default=(ANY,),
        description="Hosts of http(s) URLs: a name, `*.example.com` for all below it, `*` for any.",
    )
    denied_hosts: Hosts = Field(
        default=(), description="Hosts that are refused although allowed, in the same form."
    )
    allowed_ports: Annotated[tuple[Port, ...], BeforeValidator(comma_separated)] = Field(
        default=(80, 443), description="Ports of http(s) URLs."
    )
    allowed_buckets: Buckets = Field(
        default=(ANY,),
        description="Buckets of s3:// and gs:// URLs: a name, `uploads-*` for all that begin so,"
        " `*` for any that the credentials open.",
    )

    def takes_host(self, host: str) -> bool:
        """Whether ``allowed_hosts`` has it."""
        return _fits(host, self.allowed_hosts)

    def denies_host(self, host: str) -> bool:
        """Whether ``denied_hosts`` has it."""
        return _fits(host, self.denied_hosts)

    def takes_bucket(self, bucket: str) -> bool:
        """Whether ``allowed_buckets`` has it."""
        return any(
            bucket.startswith(pattern[:-1]) if pattern.endswith("*") else bucket == pattern
            for pattern in self.allowed_buckets
        )


def _fits(host: str, patterns: tuple[str, ...]) -> bool:
    return any(
        pattern == ANY
        or host == pattern
        or (pattern.startswith("*.") and host.endswith(pattern[1:]))
        for pattern in patterns
    )
