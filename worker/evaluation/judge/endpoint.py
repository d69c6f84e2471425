"""The judge's server, as far as HTTP goes: any that speaks OpenAI's chat completions."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, Self

import httpx
from pydantic import SecretStr, ValidationError

from worker import __version__
from worker.detector.openai.reply import Completion
from worker.domain.failure import Reason, Systemic, Transient
from worker.flow.retry_after import seconds_stated
from worker.printable import shortened

MAX_REPLY = 4 * 1024 * 1024
"""Bytes: an answer of 2,000 tokens has some 10,000."""

CONNECT_S = 10.0

MAX_SAID = 300
"""Characters of a server's own words that a person is shown."""

PASSING = frozenset({408, 409, 425, 429})

AT_FAULT = {
    401: "the key is missing or wrong (--api-key-file)",
    403: "the key may not do this (--api-key-file)",
    404: "no such path or model there (--url, --model)",
}


class Refused(Exception):
    """The server does not answer this question."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(f"the judge's server answers {status}: {said}")
        self.status = status


class Endpoint:
    """A pool of connections to one server. An asynchronous context manager."""

    def __init__(self, url: str, key: SecretStr | None, timeout_s: float, at_once: int) -> None:
        self._url = f"{url.rstrip('/')}/chat/completions"
        self._timeout_s = timeout_s
        headers = {"User-Agent": f"ivy-worker/{__version__}"}
        if key is not None:
            headers["Authorization"] = f"Bearer {key.get_secret_value()}"
        self._client = httpx.AsyncClient(
            headers=headers,
            # Whole calls are timed here: a reply may come drop by drop.
            timeout=httpx.Timeout(None, connect=CONNECT_S),
            limits=httpx.Limits(max_connections=at_once),
            follow_redirects=False,
        )

    async def ask(self, body: dict[str, Any]) -> Completion:
        """One answer.

        Raises ``Transient`` where another try may help, ``Refused`` for this question and
        ``Systemic`` where a setting is at fault.
        """
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                self._client.stream("POST", self._url, json=body) as response,
            ):
                data = await _read(response)
        except TimeoutError as error:
            raise Transient(
                Reason.ENGINE_FAILED, f"no answer within {self._timeout_s:g} s (--timeout)"
            ) from error
        except httpx.HTTPError as error:
            raise Transient(
                Reason.ENGINE_FAILED,
                f"the judge's server cannot be reached: {type(error).__name__} (--url)",
            ) from error
        if not response.is_success:
            raise _failure(response, data)
        try:
            return Completion.model_validate_json(data)
        except ValidationError as error:
            raise Transient(
                Reason.ENGINE_FAILED, "the judge's reply is none of the OpenAI API's"
            ) from error

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.aclose()


async def _read(response: httpx.Response) -> bytes:
    data = bytearray()
    async for chunk in response.aiter_bytes():
        data += chunk
        if len(data) > MAX_REPLY:
            raise Transient(
                Reason.ENGINE_FAILED, f"the judge's reply has more than {MAX_REPLY} bytes"
            )
    return bytes(data)


def _failure(response: httpx.Response, data: bytes) -> Exception:
    status = response.status_code
    if status in PASSING or status >= httpx.codes.INTERNAL_SERVER_ERROR:
        wish = seconds_stated(response.headers.get("retry-after", ""))
        detail = f"the judge's server answers {status}"
        return Transient(Reason.ENGINE_FAILED, detail, retry_after=wish)
    said = shortened(data[: 4 * MAX_SAID].decode("utf-8", "replace"), MAX_SAID)
    if status in AT_FAULT:
        return Systemic(
            Reason.ENGINE_DEAD, f"the judge's server answers {status}: {AT_FAULT[status]}; {said}"
        )
    if response.is_redirect:
        return Systemic(
            Reason.ENGINE_DEAD, f"the judge's server answers {status}, a redirect (--url)"
        )
    return Refused(status, said)
