"""Turns at hosts: how many transfers at once, and when none."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from worker.domain.clock import Clock
from worker.domain.failure import Reason, Transient
from worker.fetch.breaker import Breaker
from worker.fetch.config import FetchConfig

log = structlog.get_logger(__name__)

MAX_REMEMBERED = 4096
"""Hosts that something is known of; the one that was asked longest ago is forgotten."""

MAX_WISH_S = 60.0
"""A server's wish beyond this is cut: on a host of many, one of them speaks for all."""


class Host:
    """What is known of one host."""

    def __init__(self, name: str, config: FetchConfig, clock: Clock) -> None:
        self.name = name
        self._clock = clock
        self._config = config
        self.room = asyncio.Semaphore(config.max_connections_per_host)
        self.breaker = Breaker(config.breaker_failures, config.breaker_pause_s, clock)
        self.users = 0
        self._quiet_until = 0.0

    def answered(self) -> None:
        """A transfer came to an end, be it a refusal."""
        if self.breaker.open:
            log.info("host_is_back", host=self.name)
        self.breaker.answered()

    def failed(self) -> None:
        """A transfer failed by the host's fault."""
        before = self.breaker.open
        self.breaker.failed()
        if self.breaker.open and not before:
            log.warning("host_left_alone", host=self.name, seconds=self._config.breaker_pause_s)

    def wishes_quiet(self, seconds: float) -> None:
        """It asked not to be asked for a time (Retry-After)."""
        until = self._clock.monotonic() + min(seconds, MAX_WISH_S)
        self._quiet_until = max(self._quiet_until, until)

    def check(self) -> None:
        """Raises ``Transient``, with the time to wait, while it is not to be asked."""
        wish = self._quiet_until - self._clock.monotonic()
        if wish > 0:
            raise Transient(Reason.FETCH_FAILED, f"{self.name} asked for a pause", retry_after=wish)
        pause = self.breaker.wait_s()
        if pause > 0:
            raise Transient(
                Reason.FETCH_FAILED,
                f"{self.name} is left alone after {self._config.breaker_failures} failures in a row"
                " (fetch.breaker_failures)",
                retry_after=pause,
            )


class Hosts:
    """All hosts that were asked of late."""

    def __init__(self, config: FetchConfig, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._known: OrderedDict[str, Host] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    @property
    def left_alone(self) -> int:
        """Those whose breaker is open."""
        return sum(host.breaker.open for host in self._known.values())

    @asynccontextmanager
    async def turn(self, name: str, end: float) -> AsyncIterator[Host]:
        """One of its ``max_connections_per_host`` transfers, waited for until the loop's ``end``.

        Raises ``TimeoutError``, and ``Transient`` at once, without a connection, while the host is
        not to be asked.
        """
        host = self._find(name)
        host.users += 1
        try:
            host.check()
            async with asyncio.timeout_at(end):
                await host.room.acquire()
            try:
                host.check()  # it may have failed while we stood in line
                lone = host.breaker.begin()
                try:
                    yield host
                finally:
                    if lone:
                        host.breaker.gave_up()
            finally:
                host.room.release()
        finally:
            host.users -= 1
            self._forget()

    def _find(self, name: str) -> Host:
        host = self._known.get(name)
        if host is None:
            host = self._known[name] = Host(name, self._config, self._clock)
        self._known.move_to_end(name)
        return host

    def _forget(self) -> None:
        while len(self._known) > MAX_REMEMBERED:
            oldest = next((name for name, host in self._known.items() if not host.users), None)
            if oldest is None:
                return
            del self._known[oldest]
