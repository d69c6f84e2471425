"""What is told of brokers that never let us in, and what is left of a try that is broken off."""

from __future__ import annotations

import asyncio
import socket
import time
from types import SimpleNamespace
from typing import Any

import pytest
from kafka.errors import KafkaConnectionError, KafkaTimeoutError
from kafka.net.selector import NetworkSelector

from worker.stream.kafka.tokens import TokenUnavailable
from worker.stream.kafka.watched_client import WatchedManager


def told(*failures: Exception) -> BaseException | None:
    """The cause that is given once the time is over."""
    manager = WatchedManager(NetworkSelector(), bootstrap_servers=["127.0.0.1:1"])
    for failure in failures:
        manager._note("bootstrap-0", failure)
    with pytest.raises(KafkaTimeoutError) as caught:
        asyncio.run(manager._do_bootstrap(time.monotonic()))
    cause: BaseException | None = caught.value.__cause__
    return cause


def test_a_try_that_was_cut_short_does_not_hide_why_those_before_failed() -> None:
    no_token = TokenUnavailable("the token endpoint answers with HTTP status 404")
    assert told(no_token, KafkaConnectionError("cut short")) is no_token


def test_of_failures_that_are_not_ours_the_last_one_is_told() -> None:
    last: Exception = KafkaConnectionError("refused")
    assert told(KafkaConnectionError("reset"), last) is last
    no_token = TokenUnavailable("no answer")
    assert told(last, no_token) is no_token


def test_a_client_that_is_closed_amid_a_handshake_leaves_no_socket_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[Any] = []
    net = NetworkSelector()
    manager = WatchedManager(
        net, bootstrap_servers=["127.0.0.1:1"], security_protocol="SSL", ssl_check_hostname=False
    )
    make = manager._transport

    def kept(sock: Any, host: str) -> Any:
        made.append(make(sock, host))
        return made[-1]

    monkeypatch.setattr(manager, "_transport", kept)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        node = SimpleNamespace(host="127.0.0.1", port=silent.getsockname()[1])
        net.call_soon(manager._build_transport(node))
        ends = time.monotonic() + 10
        while not made and time.monotonic() < ends:
            net.poll(timeout_ms=100)
        manager.close()
        net.close()
        (transport,) = made
        assert transport.is_closing()
