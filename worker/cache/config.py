"""Settings of the cache."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import SplitResult, parse_qs, urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from worker.tls import TlsFiles

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1", None})
"""Hosts to which nothing crosses a network; no host is a socket file."""


class CacheConfig(BaseModel):
    """Where answers are kept, and for how long."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: SecretStr = Field(
        default=SecretStr("redis://localhost:6379/0"),
        description="Redis, as redis://HOST:PORT/DATABASE, or rediss:// for TLS. User and password"
        " may stand in it, or in `cache.username` and `cache.password`.",
    )
    username: str | None = Field(
        default=None, description="User of Redis's ACL; its `default` where absent."
    )
    password: SecretStr | None = Field(default=None, description="Password of that user.")
    ssl_cafile: str | None = Field(
        default=None,
        description="File with the CA's certificate: it alone is believed; the system's where"
        " absent.",
    )
    ssl_certfile: str | None = Field(
        default=None,
        description="File with our certificate, where Redis wants one. Read anew at each"
        " connection, as are the CA's and the key.",
    )
    ssl_keyfile: str | None = Field(
        default=None, description="File with our private key, if it is not in the other."
    )
    ssl_key_password: SecretStr | None = Field(
        default=None, description="Password of our private key, if it is encrypted."
    )
    ssl_check_hostname: bool = Field(
        default=True, description="Whether Redis's certificate must be for the host of `cache.url`."
    )
    prefix: str = Field(default="ivy", description="First part of every key.")
    ttl_s: int = Field(
        default=30 * 24 * 3600, gt=0, description="Seconds for which an answer is kept."
    )
    suspicion_ttl_s: int = Field(
        default=7 * 24 * 3600,
        gt=0,
        description="Seconds for which it is remembered that the engine died over a content.",
    )
    lease_s: float = Field(
        default=30.0,
        gt=0,
        description="Seconds after which work claimed by a worker that vanished is free again. A"
        " worker that lives renews its claims three times as often.",
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

    @model_validator(mode="after")
    def _is_whole(self) -> CacheConfig:
        faults = list(self._faults())
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _faults(self) -> Iterator[str]:
        try:
            parts = self._parts
        except ValueError:
            yield "cache.url is no URL"
            return
        for name, given in (("username", parts.username), ("password", parts.password)):
            if given and getattr(self, name) is not None:
                yield f"cache.{name} and the one in cache.url: give one of them"
        if any(option.startswith("ssl_") for option in parse_qs(parts.query)):
            yield "cache.url has ssl_... options: give them as cache.ssl_..."
        if self.username is not None and self.password is None:
            yield "cache.username needs cache.password"
        if not self.encrypted:
            for name in ("ssl_cafile", "ssl_certfile", "ssl_keyfile"):
                if getattr(self, name) is not None:
                    yield f"cache.{name} has no effect unless cache.url begins with rediss://"
        elif self.ssl_keyfile is not None and self.ssl_certfile is None:
            yield "cache.ssl_keyfile needs cache.ssl_certfile"

    @property
    def _parts(self) -> SplitResult:
        return urlsplit(self.url.get_secret_value())

    @property
    def encrypted(self) -> bool:
        """Whether the link is."""
        return self._parts.scheme == "rediss"

    @property
    def tls(self) -> TlsFiles:
        """The files."""
        return TlsFiles(
            section="cache",
            cafile=self.ssl_cafile,
            certfile=self.ssl_certfile,
            keyfile=self.ssl_keyfile,
            key_password=self.ssl_key_password,
            check_hostname=self.ssl_check_hostname,
        )

    def risks(self) -> list[str]:
        """What an operator must have wanted, in a sentence each; mostly nothing."""
        found = []
        has_password = self.password is not None or bool(self._parts.password)
        if not self.encrypted and has_password and self._parts.hostname not in LOOPBACK:
            found.append(
                "cache.url is redis://: the password crosses the network in the clear; use"
                " rediss://"
            )
        if self.encrypted and not self.ssl_check_hostname:
            found.append(
                "cache.ssl_check_hostname is off: anybody with any certificate of the CA may be"
                " Redis"
            )
        return found
