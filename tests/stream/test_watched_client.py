"""What is told of brokers that never let us in, when several tries failed by different causes."""

from __future__ import annotations

import asyncio
import time

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
