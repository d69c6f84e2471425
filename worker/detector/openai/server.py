"""The server, as far as HTTP goes: questions out, replies in, and what their failures mean."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import httpx
import structlog
from pydantic import BaseModel, ValidationError

from worker import __version__
from worker.detector.openai.config import Flavor, RemoteConfig
from worker.detector.openai.reply import Card, Cards, Completion, Tokens, Version
from worker.domain.failure import Reason, Systemic, Transient
from worker.flow.retry_after import seconds_stated
from worker.telemetry.engine_traces import EngineTraces

log = structlog.get_logger(__name__)

R = TypeVar("R", bound=BaseModel)

MAX_REPLY = 32 * 1024 * 1024
"""Bytes. An answer of 2048 tokens with 20 others beside each has 4 MB."""

MAX_SAID = 500
"""Bytes of an error's text in our debug log."""

LOOK_TIMEOUT_S = 5.0
"""Seconds for a question about the server itself, which needs no model."""

KEEPALIVE_S = 4.0
"""uvicorn, under vLLM's server, closes a connection that is idle for 5 s; a request that is sent
at that moment fails."""

SPARE_CONNECTIONS = 4
"""For looks at the server's health while every other connection waits for an answer."""

BUSY = frozenset({408, 409, 425, 429})
AWAY = frozenset({502, 503, 504})
"""What a proxy or a router answers while there is nobody behind it."""


class Refused(Exception):
    """The server understood and does not answer. Whether that is the question's fault is open."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the server answers {status}")
        self.status = status


class Unreachable(Transient):
    """Nobody answers there now: worth a look at the server's health."""


class Server:
    """One server, and a pool of connections to it. Raises ``Systemic`` for a bad CA file."""

    def __init__(
        self, config: RemoteConfig, model: str, traces: EngineTraces | None = None
    ) -> None:
        self._config = config
        self._traces = traces
        self._model = model
        self._root = config.base_url.removesuffix("/v1")
        headers = {"User-Agent": f"ivy-worker/{__version__}", "Accept-Encoding": "identity"}
        if config.api_key is not None:
            headers["Authorization"] = f"Bearer {config.api_key.get_secret_value()}"
        self._client = httpx.AsyncClient(
            headers=headers,
            # Whole calls are timed here: a reply may come late, or drop by drop.
            timeout=httpx.Timeout(None, connect=config.connect_timeout_s),
            limits=httpx.Limits(
                max_connections=config.max_in_flight + SPARE_CONNECTIONS,
                keepalive_expiry=KEEPALIVE_S,
            ),
            verify=_trust(config.ca_file),
            follow_redirects=False,
        )

    async def ask(self, body: bytes) -> Completion:
        """One answer.

        Raises ``Refused``, ``Transient``, ``Unreachable`` where nobody is there, and ``Systemic``
        where the answer lacks its reasoning. Given up, the request's connection is closed, upon
        which vLLM aborts it.
        """
        seconds = self._config.request_timeout_s
        url = f"{self._config.base_url}/chat/completions"
        try:
            trace = self._traces.carrier() if self._traces else {}
            told = await self._call("POST", url, seconds, body, trace)
            completion = _parsed(Completion, told)
        except TimeoutError as error:
            raise Transient(
                Reason.ENGINE_FAILED, f"no answer within {seconds:g} s (remote.request_timeout_s)"
            ) from error
        if completion.reasoning:
            raise Systemic(
                Reason.ENGINE_DEAD,
                "the server takes the reasoning out of the answer: start it without"
                " --reasoning-parser",
            )
        return completion

    async def look(self) -> Card:
        """The model as it is served now.

        Raises ``Transient`` where the server is not up, ``Systemic`` where a setting is at fault.
        """
        try:
            if self._config.flavor is Flavor.VLLM:
                await self._healthy()
            told = await self._call("GET", f"{self._config.base_url}/models", LOOK_TIMEOUT_S)
        except TimeoutError as error:
            raise Unreachable(
                Reason.ENGINE_FAILED, f"the server does not say how it is in {LOOK_TIMEOUT_S:g} s"
            ) from error
        except Refused as refused:
            raise at_fault(refused) from refused
        cards = _parsed(Cards, told)
        for card in cards.data:
            if card.id == self._model:
                return card
        if not cards.data:  # a router whose engines are not up yet
            raise Unreachable(Reason.ENGINE_FAILED, "the server serves no model yet")
        log.warning("model_not_served", served=[card.id[:100] for card in cards.data[:10]])
        raise Systemic(
            Reason.ENGINE_DEAD,
            f"the server serves no model {self._model!r} (remote.model); its log line"
            " model_not_served has those that it does",
        )

    async def _healthy(self) -> None:
        try:
            await self._call("GET", f"{self._root}/health", LOOK_TIMEOUT_S)
        except Refused as refused:
            # A gateway may pass on the API alone; the list of models must do then.
            if refused.status not in {404, 405}:
                raise

    async def version(self) -> str | None:
        """Of the server, where it tells; a router tells its own."""
        try:
            told = await self._call("GET", f"{self._root}/version", LOOK_TIMEOUT_S)
            return _parsed(Version, told).version
        except (Refused, Transient, TimeoutError):
            return None

    async def encode(self, text: str) -> list[int] | None:
        """Token ids of a text; None where this server does not tell them."""
        question = {"model": self._model, "prompt": text, "add_special_tokens": False}
        body = json.dumps(question).encode("ascii")
        try:
            told = await self._call("POST", f"{self._root}/tokenize", LOOK_TIMEOUT_S, body)
            return _parsed(Tokens, told).tokens
        except (Refused, Transient, TimeoutError):
            return None

    async def _call(
        self,
        method: str,
        url: str,
        seconds: float,
        body: bytes = b"",
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> bytes:
        told = {"Content-Type": "application/json", **headers}
        try:
            async with (
                asyncio.timeout(seconds),
                self._client.stream(method, url, content=body, headers=told) as response,
            ):
                data = await _read(response)
        except httpx.HTTPError as error:
            detail = f"the server cannot be reached: {type(error).__name__}"
            if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error)):
                detail = "the server's certificate is not trusted (remote.ca_file)"
            raise Unreachable(Reason.ENGINE_FAILED, detail) from error
        if not response.is_success:
            raise _failure(response, data)
        return data

    async def close(self) -> None:
        """Close every connection."""
        await self._client.aclose()


def _trust(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise Systemic(
            Reason.ENGINE_DEAD, f"{ca_file} holds no certificates (remote.ca_file)"
        ) from error


def _parsed(reply: type[R], data: bytes) -> R:
    try:
        return reply.model_validate_json(data)
    except ValidationError as error:
        raise Transient(
            Reason.ENGINE_FAILED, "the server's reply is none of the OpenAI API's"
        ) from error


async def _read(response: httpx.Response) -> bytes:
    data = bytearray()
    async for chunk in response.aiter_raw():
        data += chunk
        if len(data) > MAX_REPLY:
            raise Transient(
                Reason.ENGINE_FAILED, f"the server's reply has more than {MAX_REPLY} bytes"
            )
    return bytes(data)


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _failure(response: httpx.Response, data: bytes) -> Exception:
    """What a status means. The server's own words stay in the debug log: they quote the input."""
    status = response.status_code
    log.debug("server_refused", status=status, said=data[:MAX_SAID].decode("utf-8", "replace"))
    detail = f"the server answers {status}"
    wish = seconds_stated(response.headers.get("retry-after", ""))
    if status in AWAY:
        return Unreachable(Reason.ENGINE_FAILED, detail, retry_after=wish)
    if status >= httpx.codes.INTERNAL_SERVER_ERROR or status in BUSY:
        return Transient(Reason.ENGINE_FAILED, detail, retry_after=wish)
    return Refused(status)


def at_fault(refused: Refused) -> Systemic:
    """What a person must look at, where the server refuses even what it must take."""
    status = refused.status
    hints = {
        401: "the key is missing or wrong (remote.api_key)",
        403: "the key may not do this (remote.api_key)",
        404: "no such path or model there (remote.base_url, remote.model)",
        413: "the server, or a proxy before it, limits the size of a request's body",
    }
    hint = hints.get(status, "is it the right server (remote.base_url, remote.flavor)?")
    return Systemic(Reason.ENGINE_DEAD, f"the server answers {status}: {hint}")
