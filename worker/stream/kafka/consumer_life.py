"""The life of the one thread that owns the consumer, whichever client it is of.

It connects, joins the group, works until it is closed, and leaves. A consumer that failed is given
up once what is in flight is done, and another takes its place.
"""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Generic, TypeVar

import structlog

from worker.domain.failure import Systemic
from worker.process.watchdog import Watchdog
from worker.stream.kafka.config import ConsumerConfig
from worker.stream.kafka.rebuilds import Rebuilds
from worker.stream.ledger import Ledger

log = structlog.get_logger(__name__)

C = TypeVar("C")
"""The consumer, or what stands for several."""

SETTLE_TIMEOUT_S = 10.0
"""For a rebalance to end before the last commit, and for what is in flight to be done before a
consumer that failed is given up; what is later counts as lost, and work is done twice."""

SETTLE_PAUSE_S = 0.1
"""Between two looks at what is in flight then, with a commit of what is done."""


class ConsumerLife(ABC, Generic[C]):
    """``failed`` is called from the thread, as are all methods below that are not public."""

    def __init__(
        self, settings: ConsumerConfig, ledger: Ledger, failed: Callable[[Systemic], None]
    ) -> None:
        self._settings = settings
        self._ledger = ledger
        self._failed = failed
        self.watchdog = Watchdog("kafka-consumer", settings.stalled_after_s)
        self._started = threading.Event()
        self._start_failure: Systemic | None = None
        self._closing = threading.Event()
        self._commit_due = 0.0
        self._rebuilds = Rebuilds()
        self._thread = threading.Thread(target=self._run, name="kafka-consumer", daemon=True)

    def start(self) -> None:
        """Connect and join the group. Blocks until that is done. Raises ``Systemic``."""
        self._thread.start()
        self._started.wait()
        if self._start_failure is not None:
            raise self._start_failure

    def close(self) -> None:
        """Commit, leave the group, end. Blocks."""
        self._closing.set()
        if self._thread.ident is not None:
            self._thread.join()

    @abstractmethod
    def _connect(self) -> C:
        """One that has subscribed. Raises ``Systemic``. ``_started`` is set once it is joined."""

    @abstractmethod
    def _poll_until_closed(self, consumer: C) -> None:
        """Work until ``_closing`` is set. Raises what is not known to go away."""

    @abstractmethod
    def _commit(self, consumer: C) -> None:
        """Commit what may be. Raises nothing that another try may mend."""

    @abstractmethod
    def _leave(self, consumer: C, *, can_poll: bool) -> None:
        """Commit for the last time, and leave the group. Raises nothing.

        ``can_poll`` is false for one that failed: its next poll might never return.
        """

    def _run(self) -> None:
        try:
            consumer: C | None = self._connect()
        except Systemic as failure:
            self._start_failure = failure
            self._started.set()
            return
        self.watchdog.start()
        try:
            while consumer is not None:
                consumer = self._work(consumer)
        except Systemic as failure:
            self._failed(failure)
        finally:
            self.watchdog.stop()
            self._started.set()

    def _work(self, consumer: C) -> C | None:
        """Until it is time to close, or the consumer fails: then the one in its place."""
        can_poll = True
        try:
            self._poll_until_closed(consumer)
        except Systemic as failure:
            self._failed(failure)
        except Exception as error:
            can_poll = False
            log.exception("consumer_failed")
            self._rebuilds.count(error)
            self._finish_in_flight(consumer)
        finally:
            self._leave(consumer, can_poll=can_poll)
        if can_poll:
            return None
        self._ledger.revoke_all()
        return self._connect()

    def _finish_in_flight(self, consumer: C) -> None:
        deadline = time.monotonic() + SETTLE_TIMEOUT_S
        while self._ledger.in_flight and time.monotonic() < deadline:
            time.sleep(SETTLE_PAUSE_S)
            self.watchdog.beat()
            self._commit(consumer)

    def _commit_if_due(self, consumer: C, may_commit: Callable[[], bool] = lambda: True) -> None:
        now = time.monotonic()
        if now >= self._commit_due and may_commit():
            self._commit_due = now + self._settings.commit_interval_ms / 1000
            self._commit(consumer)
