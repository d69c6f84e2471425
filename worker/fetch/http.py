"""Media over HTTP."""

from __future__ import annotations

import asyncio

import httpx

from worker import __version__
from worker.domain.failure import Failure, Poison, Reason, Transient
from worker.domain.media import Content
from worker.domain.upload import MediaReference
from worker.fetch.config import FetchConfig
from worker.fetch.intake import Intake
from worker.fetch.protocol import OnSize
from worker.fetch.redact import redact
from worker.flow.retry_after import seconds_to_wait

GONE = {404: Reason.MEDIA_NOT_FOUND, 410: Reason.MEDIA_NOT_FOUND}
EXPIRED = frozenset({401, 403})
"""A signed URL whose time is over answers with one of these; trying again does not help."""
TRY_AGAIN = frozenset({408, 425, 429})


class HttpFetcher:
    """Streams with httpx. Gives up at the size limit, and when no byte comes for too long."""

    def __init__(self, config: FetchConfig) -> None:
        self._config = config
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(
                config.read_timeout_s, connect=config.connect_timeout_s, pool=None
            ),
            limits=httpx.Limits(max_connections=config.max_connections),
            follow_redirects=True,
            max_redirects=config.max_redirects,
            # The bytes as they are stored: a gzip bomb is refused by the decoder as no image.
            headers={"User-Agent": f"ivy-worker/{__version__}", "Accept-Encoding": "identity"},
            trust_env=True,
        )

    async def fetch(self, media: MediaReference, on_size: OnSize) -> Content:
        """See ``Fetcher``."""
        assert media.url is not None, "the router sends only URLs here"
        try:
            async with asyncio.timeout(self._config.total_timeout_s):
                return await self._get(media.url, media.mime, on_size)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise Transient(
                Reason.FETCH_TIMEOUT, f"{redact(media.url)} took too long to answer"
            ) from error
        except (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.TooManyRedirects) as error:
            raise Poison(Reason.URL_FORBIDDEN, f"{redact(media.url)} cannot be followed") from error
        except httpx.HTTPError as error:
            raise Transient(
                Reason.FETCH_FAILED, f"{redact(media.url)}: {type(error).__name__}"
            ) from error

    async def _get(self, url: str, mime: str | None, on_size: OnSize) -> Content:
        async with self._client.stream("GET", url) as response:
            if response.status_code != httpx.codes.OK:
                raise _refusal(response, url)
            intake = Intake(self._config.max_bytes, on_size, stated=_stated_length(response))
            async for chunk in response.aiter_raw():
                intake.add(chunk)
            return intake.content(mime or response.headers.get("content-type"))

    async def close(self) -> None:
        """See ``Fetcher``."""
        await self._client.aclose()


def _stated_length(response: httpx.Response) -> int | None:
    stated = response.headers.get("content-length", "")
    return int(stated) if stated.isdecimal() else None


def _refusal(response: httpx.Response, url: str) -> Failure:
    status = response.status_code
    detail = f"{redact(url)} answers {status}"
    if status in GONE:
        return Poison(GONE[status], detail)
    if status in EXPIRED:
        return Poison(Reason.MEDIA_EXPIRED, f"{detail}: expired, or never allowed")
    if status >= httpx.codes.INTERNAL_SERVER_ERROR or status in TRY_AGAIN:
        return Transient(Reason.FETCH_FAILED, detail, retry_after=seconds_to_wait(response))
    return Poison(Reason.MEDIA_NOT_FOUND, detail)
