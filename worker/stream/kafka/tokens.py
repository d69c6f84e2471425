"""Tokens for OAUTHBEARER (RFC 7628).

kafka-python asks for one on its IO thread, which also sends the heartbeats, at each connection and
at each re-authentication (KIP-368).
"""

from __future__ import annotations

import re
import threading
import time
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote_plus

import httpx
import structlog
from kafka.errors import KafkaError
from kafka.net.sasl.oauth import AbstractTokenProvider

from worker.tls import TlsFiles, TlsFilesInvalid

log = structlog.get_logger(__name__)

FETCH_TIMEOUT_S = 10.0
"""For a token: heartbeats wait for it, and the group waits for them for 45 s by default."""

LARGEST_ANSWER = 65_536
"""Bytes of an answer or a file beyond which it holds no token: brokers take no such one either
(their ``sasl.server.max.receive.size`` is 512 KiB, tokens are 1 to 4 KiB)."""

RENEW_AT = 0.8
"""Part of a token's life after which another is asked for: Kafka's own
``sasl.login.refresh.window.factor``. kafka-python authenticates anew at 85 % to 95 % of what was
left of it at the connection, and so with a new one."""

UNSTATED_S = 60.0
"""For which a token is used by a client that must know its end, where nobody states it: one from a
file is renewed by somebody else, who does not say when."""

LEAST_LEFT_S = 1.0
"""Of a token that ends while it is given away: librdkafka takes none that has ended, and would ask
for another after 10 s only."""

TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
"""A bearer token (RFC 6750, 2.1). Anything else could end the message that it stands in."""

REFUSALS = {
    "invalid_client": "it does not know the client, or not by this secret"
    " (kafka.sasl_oauth.client_id, kafka.sasl_oauth.client_secret)",
    "unauthorized_client": "the client may not have tokens for client credentials",
    "invalid_scope": "it does not give this scope (kafka.sasl_oauth.scope)",
    "unsupported_grant_type": "it gives no tokens for client credentials",
    "invalid_request": "it does not understand the request",
    "invalid_grant": "it does not accept the credentials",
}
"""What an endpoint may answer (RFC 6749, 5.2), in our words."""


class TokenUnavailable(KafkaError):  # type: ignore[misc]
    """There is no token now. The text is ours, and names the setting."""


class TokenRefused(TokenUnavailable):
    """There will be none, as things are set."""


class Tokens(AbstractTokenProvider):  # type: ignore[misc]
    """Where tokens come from."""

    def __init__(self, extensions: dict[str, str]) -> None:
        super().__init__()
        self._extensions = extensions

    def extensions(self) -> dict[str, str]:
        """See kafka-python."""
        return self._extensions

    @property
    def left_s(self) -> float:
        """Seconds for which the last token may be used, before another is asked for."""
        return UNSTATED_S


class FileTokens(Tokens):
    """The token in a file, as it is at that time: Kubernetes renews a projected one in place."""

    def __init__(self, path: Path, extensions: dict[str, str]) -> None:
        super().__init__(extensions)
        self._path = path

    def token(self) -> str:
        """See kafka-python. Raises ``TokenRefused``."""
        try:
            with self._path.open("rb") as file:
                text = file.read(LARGEST_ANSWER).decode("ascii", errors="replace").strip()
        except OSError as error:
            raise TokenRefused(
                f"kafka.sasl_oauth.token_file names {self._path}, which cannot be read:"
                f" {error.strerror}"
            ) from error
        if not TOKEN.fullmatch(text):
            raise TokenRefused(f"kafka.sasl_oauth.token_file names {self._path}: it is no token")
        return text


class ClientCredentials(Tokens):
    """Tokens from an endpoint (RFC 6749, 4.4), one for all clients, renewed before it ends."""

    def __init__(
        self,
        *,
        endpoint: str,
        client_id: str,
        client_secret: str,
        scope: str | None = None,
        audience: str | None = None,
        cafile: str | None = None,
        extensions: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(dict(extensions))
        self._endpoint = endpoint
        # Both are form-encoded first (RFC 6749, 2.3.1).
        self._auth = (quote_plus(client_id), quote_plus(client_secret))
        self._form = {"grant_type": "client_credentials"}
        if scope is not None:
            self._form["scope"] = scope
        if audience is not None:
            self._form["audience"] = audience
        self._tls = TlsFiles("kafka.sasl_oauth", cafile=cafile)
        self._lock = threading.Lock()
        self._token: str | None = None
        self._renew_after = 0.0
        self._ends = 0.0
        self._ends_stated = False

    @classmethod
    @lru_cache(maxsize=8)
    def shared(cls, **settings: Any) -> ClientCredentials:
        """The one with these settings: a consumer and a producer need no token each."""
        return cls(**settings)

    def token(self) -> str:
        """See kafka-python. Blocks; raises ``TokenUnavailable``."""
        with self._lock:
            now = time.monotonic()
            if self._token is not None and now < self._renew_after:
                return self._token
            try:
                self._fetch(now)
            except TokenUnavailable as error:
                if self._token is None or now >= self._ends:
                    raise
                log.warning("token_not_renewed", detail=str(error), left_s=round(self._ends - now))
            assert self._token is not None, "fetched, or still good"
            return self._token

    @property
    def left_s(self) -> float:
        """Those that the endpoint gave it; a moment where it said nothing."""
        with self._lock:
            if not self._ends_stated:
                return UNSTATED_S
            return max(LEAST_LEFT_S, self._ends - time.monotonic())

    def _fetch(self, now: float) -> None:
        status, body = self._ask()
        if status != httpx.codes.OK:
            self._refuse(status, body.get("error"))
        token = body.get("access_token")
        if not isinstance(token, str) or not TOKEN.fullmatch(token):
            raise TokenUnavailable(f"{self._where} answers without a token")
        lives_s = body.get("expires_in", 0)
        lives_s = float(lives_s) if isinstance(lives_s, int | float) and lives_s > 0 else 0.0
        self._token = token
        # Without a word of its life, it is good for this connection.
        self._renew_after, self._ends = now + RENEW_AT * lives_s, now + lives_s
        self._ends_stated = lives_s > 0

    def _ask(self) -> tuple[int, dict[str, Any]]:
        try:
            context = self._tls.context()
        except TlsFilesInvalid as error:
            raise TokenRefused(str(error)) from error
        try:
            with (
                httpx.Client(verify=context, timeout=FETCH_TIMEOUT_S) as client,
                client.stream(
                    "POST",
                    self._endpoint,
                    data=self._form,
                    auth=self._auth,
                    headers={"Accept": "application/json"},
                ) as answer,
            ):
                return answer.status_code, _object(answer, self._where)
        except httpx.HTTPError as error:
            raise TokenUnavailable(
                f"{self._where} does not answer: {type(error).__name__}"
            ) from error

    @property
    def _where(self) -> str:
        return "the token endpoint (kafka.sasl_oauth.token_endpoint)"

    def _refuse(self, status: int, code: object) -> NoReturn:
        said = REFUSALS.get(code) if isinstance(code, str) else None
        if said is None and status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
            said = REFUSALS["invalid_client"]
        if said is None:
            raise TokenUnavailable(f"{self._where} answers with HTTP status {status}")
        raise TokenRefused(f"{self._where} gives no token: {said}")


def _object(answer: httpx.Response, where: str) -> dict[str, Any]:
    """The answer's JSON object, empty where it holds none."""
    data = b""
    begun = time.monotonic()
    for piece in answer.iter_bytes():
        data += piece
        if len(data) > LARGEST_ANSWER or time.monotonic() - begun > FETCH_TIMEOUT_S:
            raise TokenUnavailable(f"{where} answers with more than a token, or too slowly")
    try:
        found = httpx.Response(200, content=data).json()
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
