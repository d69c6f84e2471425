"""Media over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from urllib.parse import urljoin

import httpcore

from worker import __version__
from worker.domain.clock import Clock, SystemClock
from worker.domain.failure import Expired, Failure, Poison, Reason, Transient
from worker.domain.media import Content
from worker.fetch.config import FetchConfig
from worker.fetch.hosts import Host, Hosts
from worker.fetch.intake import Intake, Intakes
from worker.fetch.protocol import OnSize
from worker.fetch.redact import redact
from worker.fetch.unpacking import Unpacker
from worker.fetch.url_policy import Target, UrlPolicy, check_characters
from worker.flow.retry_after import seconds_stated

OK = 200
REDIRECTS = frozenset({301, 302, 303, 307, 308})
GONE = frozenset({404, 410})
EXPIRED = frozenset({401, 403})
"""A signed URL whose time is over answers with one of these; trying again does not help."""
TRY_AGAIN = frozenset({407, 408, 425, 429})
"""407 is our own proxy's word: not the event's fault."""
SERVER_ERROR = 500
BUSY = frozenset({429, 503})
"""With these, Retry-After speaks of the host (RFC 6585, 4; RFC 9110, 15.6.4)."""

YIELD_EVERY = 1024**2
"""Bytes unpacked before others get the event loop: one packet may hold a thousand times itself."""

MAX_MIME = 255
"""Characters of a Content-Type that are kept, as a hint."""

BROKEN = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
    OSError,
)
LATE = (TimeoutError, httpcore.TimeoutException)


class HttpFetcher:
    """Streams with httpcore. Gives up at the size limit, and when no byte comes for too long.

    Redirects are followed here, hop by hop, each checked as the first URL was. No cookie and no
    credential is kept or sent.
    """

    def __init__(
        self,
        config: FetchConfig,
        policy: UrlPolicy,
        pool: httpcore.AsyncConnectionPool,
        intakes: Intakes,
        clock: Clock | None = None,
    ) -> None:
        self._config = config
        self._policy = policy
        self._pool = pool
        self._intakes = intakes
        self._hosts = Hosts(config, clock or SystemClock())

    async def fetch(self, target: Target, mime: str | None, on_size: OnSize) -> Content:
        """See ``SchemeFetcher``."""
        end = asyncio.get_running_loop().time() + self._config.total_timeout_s
        for _ in range(self._config.max_redirects + 1):
            try:
                found = await self._hop(target, mime, on_size, end)
            except LATE as error:
                raise Transient(
                    Reason.FETCH_TIMEOUT, f"{redact(target.url)} took too long to answer"
                ) from error
            except BROKEN as error:
                raise Transient(
                    Reason.FETCH_FAILED, f"{redact(target.url)}: {type(error).__name__}"
                ) from error
            if isinstance(found, Content):
                return found
            target = found
        raise Poison(
            Reason.URL_FORBIDDEN,
            f"{redact(target.url)} is one redirect too many (fetch.max_redirects)",
        )

    async def _hop(
        self, target: Target, mime: str | None, on_size: OnSize, end: float
    ) -> Content | Target:
        """The content, or where it is said to be."""
        async with self._hosts.turn(target.host, end) as host:
            with self._intakes.open(on_size) as intake:
                try:
                    async with asyncio.timeout_at(end):
                        return await self._ask(target, mime, intake, host)
                except (*LATE, *BROKEN):
                    if not intake.waits_for_room:
                        host.failed()
                    raise

    async def _ask(
        self, target: Target, mime: str | None, intake: Intake, host: Host
    ) -> Content | Target:
        async with self._pool.stream(
            "GET",
            httpcore.URL(
                scheme=target.scheme.encode(),
                host=target.host.encode(),
                port=target.stated_port,
                target=target.path.encode(),
            ),
            headers={
                "Host": target.authority,
                "User-Agent": f"ivy-worker/{__version__}",
                "Accept": "*/*",
                # The bytes as they are stored.
                "Accept-Encoding": "identity",
            },
            extensions={
                "timeout": {
                    "connect": self._config.connect_timeout_s,
                    "read": self._config.read_timeout_s,
                    "write": self._config.read_timeout_s,
                }
            },
        ) as response:
            headers = _joined(response.headers)
            if response.status in REDIRECTS and "location" in headers:
                host.answered()
                return self._next(target, headers["location"])
            if response.status != OK:
                raise _refusal(response.status, headers, target, host)
            content = await self._take_in(response, headers, intake, mime)
            host.answered()
            return content

    def _next(self, target: Target, location: str) -> Target:
        """Where a redirect points to. Raises ``Poison`` where that is forbidden."""
        try:
            there = location.encode("latin-1").decode()
            check_characters(there)
            found = self._policy.check(urljoin(target.url, there), target.tenant)
        except ValueError as error:
            raise Poison(
                Reason.URL_FORBIDDEN, f"{redact(target.url)} redirects to what is no URL"
            ) from error
        except Poison as refused:
            raise Poison(
                Reason.URL_FORBIDDEN, f"{redact(target.url)} redirects: {refused.detail}"
            ) from refused
        if found.scheme != target.scheme:
            raise Poison(
                Reason.URL_FORBIDDEN,
                f"{redact(target.url)} redirects to another scheme, which is never followed",
            )
        return found

    async def _take_in(
        self,
        response: httpcore.Response,
        headers: Mapping[str, str],
        intake: Intake,
        mime: str | None,
    ) -> Content:
        coding = headers.get("content-encoding", "").strip()
        unpacker = Unpacker(coding) if coding.lower() not in {"", "identity"} else None
        stated = headers.get("content-length", "")
        if stated.isdecimal():
            intake.expect(int(stated), packed=unpacker is not None)
        async for chunk in response.aiter_stream():
            if unpacker is None:
                await intake.add(chunk)
            else:
                await _unpack(unpacker, chunk, intake)
        if unpacker is not None:
            unpacker.finish()
        return await intake.content(mime or headers.get("content-type", "")[:MAX_MIME] or None)

    @property
    def hosts_left_alone(self) -> int:
        """Hosts whose breaker is open."""
        return self._hosts.left_alone

    async def close(self) -> None:
        """See ``SchemeFetcher``."""
        await self._pool.aclose()


async def _unpack(unpacker: Unpacker, chunk: bytes, intake: Intake) -> None:
    """Both forms are counted: neither may be larger than the media may be."""
    intake.count_packed(len(chunk))
    since = 0
    for piece in unpacker.steps(chunk):
        await intake.add(piece)
        since += len(piece)
        if since >= YIELD_EVERY:
            since = 0
            await asyncio.sleep(0)


def _joined(headers: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """By name in small letters; what stands there twice is a list (RFC 9110, 5.3)."""
    joined: dict[str, str] = {}
    for name, value in headers:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        joined[key] = f"{joined[key]}, {text}" if key in joined else text
    return joined


def _refusal(status: int, headers: Mapping[str, str], target: Target, host: Host) -> Failure:
    detail = f"{redact(target.url)} answers {status}"
    if status >= SERVER_ERROR or status in TRY_AGAIN:
        host.failed()
        wish = seconds_stated(headers.get("retry-after", ""))
        if wish is not None and status in BUSY:
            host.wishes_quiet(wish)
        return Transient(Reason.FETCH_FAILED, detail, retry_after=wish)
    host.answered()
    if status in EXPIRED:
        return Expired(Reason.MEDIA_EXPIRED, f"{detail}: expired, or never allowed")
    return Poison(Reason.MEDIA_NOT_FOUND, detail)
