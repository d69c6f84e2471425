"""kafka-python's network client, with an eye on who is refused.

kafka-python 3.0.12 tries again whatever a connection failed by, without end and, once it knows the
brokers, without a pause; at the start it waits for the whole ``bootstrap_timeout_ms`` and then says
that time is over, not why. A wrong password is not cured by that.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from kafka.errors import (
    AuthorizationError,
    IllegalSaslStateError,
    KafkaConnectionError,
    KafkaTimeoutError,
    SaslAuthenticationFailedError,
    UnsupportedSaslMechanismError,
)
from kafka.net.compat import KafkaNetClient
from kafka.net.inet import create_connection
from kafka.net.manager import KafkaConnectionManager
from kafka.net.selector import NetworkSelector
from kafka.net.transport import KafkaSSLTransport, KafkaTCPTransport

from worker.stream.kafka.tokens import TokenRefused, TokenUnavailable
from worker.tls import TlsFilesInvalid

TRIES = 3
"""Refusals at the start, of every broker that there is to begin with, before we believe it: new
SCRAM credentials take a moment to reach all brokers."""

PATIENCE_S = 60.0
"""For which a broker may refuse a client at work, all the time, before the client gives up.
Certificates and passwords are renewed on both sides, and not at the same moment."""

REFUSALS = (
    SaslAuthenticationFailedError,
    UnsupportedSaslMechanismError,
    IllegalSaslStateError,
    AuthorizationError,
    TokenRefused,
    TlsFilesInvalid,
    ssl.SSLError,
    FileNotFoundError,
    PermissionError,
)
"""Errors that come again however often we try."""


def chain(error: BaseException) -> Iterator[BaseException]:
    """An error, and those that it was made of: kafka-python wraps them, or gives them as text."""
    pending, seen = [error], set()
    while pending:
        one = pending.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        found = [one.__cause__, one.__context__, *one.args]
        pending += [inner for inner in found if isinstance(inner, BaseException)]


def is_refusal(error: BaseException) -> bool:
    """Whether it is one of those that come again."""
    return any(
        # An end of the connection without TLS's own goodbye: a broker that goes away.
        isinstance(one, REFUSALS) and not isinstance(one, ssl.SSLEOFError | ssl.SSLZeroReturnError)
        for one in chain(error)
    )


def _in_our_words(error: BaseException | None) -> bool:
    return error is not None and any(isinstance(one, TokenUnavailable) for one in chain(error))


Receive = Callable[[], tuple[bytes, BaseException | None]]


@dataclass(frozen=True, slots=True)
class Refused:
    """One broker's refusals, one after the other without a success in between."""

    error: BaseException
    times: int
    first: float
    last: float


class WatchedManager(KafkaConnectionManager):  # type: ignore[misc]
    """Connections, and what became of the last tries."""

    def __init__(self, net: Any, **configs: Any) -> None:
        self._refused: dict[Any, Refused] = {}
        self._last_failure: BaseException | None = None
        super().__init__(net, **configs)

    async def _connect(
        self,
        node: Any,
        conn: Any,
        reset_backoff_on_connect: bool = True,
        timeout_at: float | None = None,
    ) -> None:
        waits = self._backoff.get(node.node_id)
        # Not by kafka-python, which takes one that was refused for one that succeeded.
        await super()._connect(node, conn, reset_backoff_on_connect=False, timeout_at=timeout_at)
        made = conn.init_future
        if not made.failed():
            self._refused.pop(node.node_id, None)
            self._last_failure = None
            if reset_backoff_on_connect:
                self.reset_backoff(node.node_id)
            return
        self._note(node.node_id, made.exception)
        if reset_backoff_on_connect and self._backoff.get(node.node_id) == waits:
            self.update_backoff(node.node_id)

    async def _build_transport(self, node: Any, timeout_at: float | None = None) -> Any:
        """A connection up to its handshake, as kafka-python makes it.

        But the handshake has an end, a socket whose handshake failed is closed, and what a broker
        says right before it hangs up is heard: mostly it is why.
        """
        options = self.config["socket_options"]
        sock = await create_connection(
            self._net,
            node.host,
            node.port,
            options,
            proxy_url=self.config["proxy_url"],
            timeout_at=timeout_at,
        )
        transport = None
        try:
            transport = self._transport(sock, node.host)
            left_s = max(0.0, timeout_at - time.monotonic()) if timeout_at is not None else None
            done = self._net.call_soon_with_future(transport.handshake)
            await self.wait_for(done, None if left_s is None else left_s * 1000)
        except BaseException as error:
            # A client that is closed on the way ends us by GeneratorExit, which is no Exception.
            (transport or sock).close()
            if not isinstance(error, Exception):
                raise
            raise KafkaConnectionError(f"Handshake failed: {type(error).__name__}") from error
        transport._sock_recv = _last_words_first(transport._sock_recv)  # noqa: SLF001
        return transport

    def _transport(self, sock: Any, host: str) -> Any:
        if not self.ssl_enabled:
            return KafkaTCPTransport(self._net, sock, host=host)
        files = {key: value for key, value in self.config.items() if key.startswith("ssl_")}
        return KafkaSSLTransport(self._net, sock, host=host, **files)

    def _note(self, node_id: Any, error: BaseException) -> None:
        if not is_refusal(error):
            # The last try of all is mostly cut short by its deadline, and would hide why.
            if _in_our_words(error) or not _in_our_words(self._last_failure):
                self._last_failure = error
            return
        now = time.monotonic()
        before = self._refused.get(node_id)
        self._refused[node_id] = Refused(
            error,
            times=before.times + 1 if before else 1,
            first=before.first if before else now,
            last=now,
        )

    def get_connection(self, node_id: Any, *args: Any, **kwargs: Any) -> Any:
        """See kafka-python. Raises why, once every broker to begin with has refused us."""
        if self.cluster.is_bootstrap(node_id):
            found = [self._refused.get(one.node_id) for one in self.cluster.bootstrap_brokers()]
            all_refused = [one for one in found if one is not None]
            if len(all_refused) == len(found) and sum(one.times for one in all_refused) >= TRIES:
                raise all_refused[0].error
        return super().get_connection(node_id, *args, **kwargs)

    async def _do_bootstrap(self, deadline: float | None) -> Any:
        try:
            return await super()._do_bootstrap(deadline)
        except KafkaTimeoutError as error:
            refused = next(iter(self._refused.values()), None)
            why = refused.error if refused else self._last_failure
            raise error from why

    @property
    def refusal(self) -> BaseException | None:
        """Why a broker has refused us for longer than patience lasts; None if none has.

        One that is not asked any more, such as a broker that was taken away, does not count.
        """
        now = time.monotonic()
        for one in list(self._refused.values()):
            if one.last - one.first >= PATIENCE_S and now - one.last < PATIENCE_S:
                return one.error
        return None


def _last_words_first(receive: Receive) -> Receive:
    """kafka-python throws away what came together with the end of the connection."""

    def receive_first() -> tuple[bytes, BaseException | None]:
        data, error = receive()
        return (data, None) if data else (data, error)  # the error comes again

    return receive_first


class WatchedClient(KafkaNetClient):  # type: ignore[misc]
    """As kafka-python's, with the manager above: for the setting ``kafka_client``."""

    def __init__(self, **configs: Any) -> None:
        net = NetworkSelector(**configs)
        super().__init__(net=net, manager=WatchedManager(net, **configs))


def refusal_met(client: Any) -> BaseException | None:
    """Why the brokers refuse this consumer for good; None if they do not."""
    manager: WatchedManager = client._client._manager  # noqa: SLF001 - there is no public way
    return manager.refusal
