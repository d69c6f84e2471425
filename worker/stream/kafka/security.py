"""Settings of how we enter Kafka: encryption, and who we are."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from worker.stream.kafka.tokens import ClientCredentials, FileTokens, Tokens
from worker.tls import TlsFiles

SCRAM = frozenset({"SCRAM-SHA-256", "SCRAM-SHA-512"})

PAIRS = r"^[A-Za-z]+=[^,\x00-\x1f]+(,[A-Za-z]+=[^,\x00-\x1f]+)*$"
"""Extensions of a token: names of letters, values without control characters (RFC 7628, 3.1)."""


class OAuthConfig(BaseModel):
    """Where the token for OAUTHBEARER comes from: an endpoint, or a file that somebody renews."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    token_endpoint: str | None = Field(
        default=None,
        pattern=r"^https?://",
        description="URL that gives tokens for client credentials (RFC 6749, 4.4).",
    )
    client_id: str | None = Field(default=None, description="Our name there.")
    client_secret: SecretStr | None = Field(default=None, description="Our secret there.")
    scope: str | None = Field(default=None, description="Scopes asked for, with spaces between.")
    audience: str | None = Field(
        default=None, description="Audience asked for, where the endpoint wants one."
    )
    token_file: Path | None = Field(
        default=None,
        description="File with the token, read at each connection, in place of an endpoint: such as"
        " a projected service account token.",
    )
    extensions: str | None = Field(
        default=None,
        pattern=PAIRS,
        description="SASL extensions sent with the token: `name=value,...`.",
    )
    ssl_cafile: str | None = Field(
        default=None,
        description="File with the CA's certificate of the endpoint; the system's where absent.",
    )

    def faults(self) -> list[str]:
        """What is missing or too much, by the settings' names."""
        name = "kafka.sasl_oauth"
        if self.token_file is not None:
            if self.token_endpoint is not None:
                return [f"{name}.token_file and {name}.token_endpoint: give one of them"]
            return []
        if self.token_endpoint is None:
            return [f"OAUTHBEARER needs {name}.token_endpoint or {name}.token_file"]
        return [
            f"{name}.token_endpoint needs {name}.{field}"
            for field in ("client_id", "client_secret")
            if getattr(self, field) is None
        ]

    def tokens(self) -> Tokens:
        """Where tokens come from, shared by all clients of the process with the same settings."""
        extensions = dict(pair.split("=", 1) for pair in (self.extensions or "").split(",") if pair)
        if self.token_file is not None:
            return FileTokens(self.token_file, extensions)
        secret = self.client_secret.get_secret_value() if self.client_secret else ""
        return ClientCredentials.shared(
            endpoint=self.token_endpoint or "",
            client_id=self.client_id or "",
            client_secret=secret,
            scope=self.scope,
            audience=self.audience,
            cafile=self.ssl_cafile,
            extensions=tuple(extensions.items()),
        )


class SecurityConfig(BaseModel):
    """How we enter Kafka. What was left out, or has no effect as it stands, is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="Kafka's security.protocol."
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] | None = (
        Field(default=None, description="Kafka's sasl.mechanism.")
    )
    sasl_username: str | None = Field(default=None, description="User name for PLAIN and SCRAM.")
    sasl_password: SecretStr | None = Field(
        default=None, description="Password for PLAIN and SCRAM."
    )
    sasl_oauth: OAuthConfig = Field(
        default_factory=OAuthConfig, description="Where tokens for OAUTHBEARER come from."
    )
    ssl_cafile: str | None = Field(
        default=None,
        description="File with the CA's certificate: it alone is believed; the system's where"
        " absent.",
    )
    ssl_certfile: str | None = Field(
        default=None,
        description="File with our certificate and those of the CAs between. Read anew at each"
        " connection, as are the CA's and the key.",
    )
    ssl_keyfile: str | None = Field(
        default=None, description="File with our private key, if it is not in the other."
    )
    ssl_key_password: SecretStr | None = Field(
        default=None, description="Password of our private key, if it is encrypted."
    )
    ssl_check_hostname: bool = Field(
        default=True,
        description="Whether a broker's certificate must be for the name that we called it by."
        " Without, anybody with any certificate of the CA may be a broker.",
    )

    @model_validator(mode="after")
    def _is_whole(self) -> SecurityConfig:
        faults = [*self._sasl_faults(), *self._tls_faults()]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    @property
    def encrypted(self) -> bool:
        """Whether the link is."""
        return self.security_protocol in {"SSL", "SASL_SSL"}

    @property
    def has_sasl(self) -> bool:
        """Whether we say who we are by SASL."""
        return self.security_protocol in {"SASL_PLAINTEXT", "SASL_SSL"}

    @property
    def tls(self) -> TlsFiles:
        """The files."""
        return TlsFiles(
            section="kafka",
            cafile=self.ssl_cafile,
            certfile=self.ssl_certfile,
            keyfile=self.ssl_keyfile,
            key_password=self.ssl_key_password,
            check_hostname=self.ssl_check_hostname,
        )

    def _sasl_faults(self) -> list[str]:
        mechanism = self.sasl_mechanism
        if not self.has_sasl:
            return [
                f"kafka.{name} has no effect with kafka.security_protocol={self.security_protocol}:"
                " set SASL_SSL (or SASL_PLAINTEXT)"
                for name in ("sasl_mechanism", "sasl_username", "sasl_password")
                if getattr(self, name) is not None
            ]
        if mechanism is None:
            protocol = f"kafka.security_protocol={self.security_protocol}"
            return [f"{protocol} needs kafka.sasl_mechanism, such as SCRAM-SHA-512"]
        if mechanism == "OAUTHBEARER":
            return self.sasl_oauth.faults()
        return [
            f"kafka.sasl_mechanism={mechanism} needs kafka.{name}"
            for name in ("sasl_username", "sasl_password")
            if getattr(self, name) is None
        ]

    def _tls_faults(self) -> list[str]:
        names = ("ssl_cafile", "ssl_certfile", "ssl_keyfile")
        if not self.encrypted:
            return [
                f"kafka.{name} has no effect with kafka.security_protocol={self.security_protocol}:"
                " set SSL or SASL_SSL"
                for name in names
                if getattr(self, name) is not None
            ]
        if self.ssl_keyfile is not None and self.ssl_certfile is None:
            return ["kafka.ssl_keyfile needs kafka.ssl_certfile"]
        return []

    def risks(self) -> list[str]:
        """What an operator must have wanted, in a sentence each; mostly nothing."""
        found = []
        if self.security_protocol == "SASL_PLAINTEXT":
            what = {
                "PLAIN": "the password crosses the network in the clear",
                "OAUTHBEARER": "the token crosses the network in the clear",
            }.get(self.sasl_mechanism or "", "who listens can guess at the password without end")
            found.append(f"kafka.security_protocol is SASL_PLAINTEXT: {what}; use SASL_SSL")
        if self.encrypted and not self.ssl_check_hostname:
            found.append(
                "kafka.ssl_check_hostname is off: anybody with any certificate of the CA may be a"
                " broker"
            )
        endpoint = self.sasl_oauth.token_endpoint or ""
        if endpoint.startswith("http://"):
            found.append(
                "kafka.sasl_oauth.token_endpoint is http: the client's secret crosses the network"
                " in the clear"
            )
        return found

    def entry(self) -> dict[str, Any]:
        """kafka-python's settings for it."""
        found: dict[str, Any] = {"security_protocol": self.security_protocol}
        if self.encrypted:
            found |= {
                # No ssl_context: kafka-python then reads the files at each connection, and so
                # certificates that were renewed meanwhile.
                "ssl_cafile": self.ssl_cafile,
                "ssl_certfile": self.ssl_certfile,
                "ssl_keyfile": self.ssl_keyfile,
                "ssl_password": self.tls.password,
                "ssl_check_hostname": self.ssl_check_hostname,
            }
        if self.has_sasl:
            found["sasl_mechanism"] = self.sasl_mechanism
            if self.sasl_mechanism == "OAUTHBEARER":
                found["sasl_oauth_token_provider"] = self.sasl_oauth.tokens()
            elif self.sasl_password is not None:
                found["sasl_plain_username"] = self.sasl_username
                found["sasl_plain_password"] = self.sasl_password.get_secret_value()
        return found
