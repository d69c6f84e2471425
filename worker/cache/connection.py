"""How we enter Redis: the one place where a connection to it is made."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator
from typing import Any

from redis import Redis
from redis.asyncio import BlockingConnectionPool
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.connection import SSLConnection as AsyncSSLConnection
from redis.connection import SSLConnection
from redis.exceptions import (
    AuthenticationError,
    NoPermissionError,
    RedisError,
)
from redis.exceptions import (
    ConnectionError as RedisConnectionError,
)

from worker.cache.config import CacheConfig
from worker.domain.failure import Reason, Transient
from worker.tls import TlsFiles, TlsFilesInvalid

EXPIRED, OTHER_HOST = 10, frozenset({62, 64})
"""OpenSSL's X509_V_ERR codes of an end that has passed, and of a name that is another."""


UNREACHED = (ConnectionRefusedError, socket.gaierror, TimeoutError)
"""Nobody was there to hang up."""


class FilesUnusable(RedisConnectionError):
    """A file with a certificate or a key; the text names the setting."""


def open_redis(config: CacheConfig) -> AsyncRedis:
    """A client on a pool of ``cache.max_connections``; it connects when it is used."""
    pool = BlockingConnectionPool.from_url(
        config.url.get_secret_value(),
        **_entry(config),
        max_connections=config.max_connections,
        timeout=config.timeout_s,
        socket_timeout=config.timeout_s,
        socket_connect_timeout=config.timeout_s,
        health_check_interval=30,
    )
    _encrypt(pool, config, _AsyncTls)
    return AsyncRedis(connection_pool=pool)


def open_redis_blocking(config: CacheConfig, timeout_s: float) -> Redis:
    """The same for a command at a terminal."""
    client: Redis = Redis.from_url(
        config.url.get_secret_value(),
        **_entry(config),
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
    )
    _encrypt(client.connection_pool, config, _BlockingTls)
    return client


def _entry(config: CacheConfig) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if config.username is not None:
        found["username"] = config.username
    if config.password is not None:
        found["password"] = config.password.get_secret_value()
    return found


def _encrypt(pool: Any, config: CacheConfig, kind: type) -> None:
    """Have connections be of our kind; none was made yet. redis-py lets the URL alone choose."""
    if config.encrypted:
        pool.connection_class = type(kind.__name__, (kind,), {"files": config.tls})


def _context(files: TlsFiles) -> ssl.SSLContext:
    try:
        return files.context()
    except TlsFilesInvalid as error:
        raise FilesUnusable(str(error)) from error


class _AsyncTls(AsyncSSLConnection):
    """Reads the files at each connection: redis-py's own keeps what it read first, for good."""

    files: TlsFiles

    def _connection_arguments(self) -> dict[str, Any]:
        self.ssl_context.context = _context(self.files)
        return dict(super()._connection_arguments())


class _BlockingTls(SSLConnection):
    """Believes the same authorities: redis-py's own believes the system's beside those given."""

    files: TlsFiles

    def _wrap_socket_with_ssl(self, sock: Any) -> ssl.SSLSocket:
        return _context(self.files).wrap_socket(sock, server_hostname=self.host)


@contextlib.contextmanager
def answered() -> Iterator[None]:
    """Raises ``Transient`` for what redis-py raises: the cache is optional, whatever ails it."""
    try:
        yield
    except (RedisError, OSError, TimeoutError) as error:
        raise away(error) from error


def away(error: BaseException) -> Transient:
    """The failure of a call, and which setting or right mends it, if one does."""
    return Transient(Reason.CACHE_UNAVAILABLE, _said(error))


def _said(error: BaseException) -> str:
    # Without the server's words: some carry the command, and so the value.
    for one in _chain(error):
        if isinstance(one, FilesUnusable):
            return str(one)
        if isinstance(one, ssl.SSLCertVerificationError):
            return _certificate(one.verify_code)
        if isinstance(one, ssl.SSLError):
            return (
                "TLS with Redis fails: does it speak TLS on this port (cache.url), and does it want"
                f" a certificate (cache.ssl_certfile)? ({one.reason or 'ended by the server'})"
            )
        if isinstance(one, AuthenticationError):
            return (
                "Redis wants another user or password: check cache.username and cache.password, or"
                " those in cache.url"
            )
        if forbids(one):
            return (
                "Redis forbids its user a command, a key or a channel that the worker needs: give"
                " it the rights of docs/links.md (ACL SETUSER)"
            )
    said = f"Redis (cache.url) does not answer: {type(error).__name__}"
    if isinstance(error, ConnectionError | RedisConnectionError) and not any(
        isinstance(one, UNREACHED) for one in _chain(error)
    ):
        # In TLS 1.3 a server refuses a client's certificate after the handshake, and its hanging up
        # may come in before its reason.
        return f"{said}. If it hung up: does it want TLS (rediss://), or cache.ssl_certfile?"
    return said


def forbids(error: BaseException) -> bool:
    """Whether an ACL does; a script says so in words of its own."""
    return isinstance(error, NoPermissionError) or (
        isinstance(error, RedisError)
        and ("NOPERM" in str(error) or "executing the script can't" in str(error))
    )


def _certificate(code: int) -> str:
    if code == EXPIRED:
        return "Redis's certificate has expired, or one of its CAs': renew it"
    if code in OTHER_HOST:
        return "Redis's certificate is for another host than cache.url (cache.ssl_check_hostname)"
    return (
        "Redis's certificate is signed by no CA that we know: cache.ssl_cafile must hold the CA's"
        f" certificate (X509_V_ERR {code})"
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    pending: list[BaseException | None] = [error]
    while pending:
        one = pending.pop(0)
        if one is not None:
            yield one
            pending += [one.__cause__, one.__context__ if one.__cause__ is None else None]
