"""One run: watch, send, wait, tell."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

from worker.stress.events import Events
from worker.stress.expectation import USUAL, Expectation
from worker.stress.figures import figures_of
from worker.stress.lag import LagGauge
from worker.stress.measures import Measures
from worker.stress.notes import notes_of
from worker.stress.publisher import UploadPublisher
from worker.stress.result import Result
from worker.stress.watching import Watch
from worker.stress.wish import Wish

LOOK_S = 0.05
"""Between looks at whether all is answered."""

FLUSH_S = 5.0
"""For what is under way to the brokers when a person stops a run."""

SETTLE_S = 2.0
"""After the last outcome, for the group's offsets to be committed, and for what comes twice."""


class LoadRun:
    """Call ``run`` once, within ``open_run``; ``measures`` and ``gauge`` may be read meanwhile."""

    def __init__(
        self, wish: Wish, measures: Measures, gauge: LagGauge, watch: Watch, events: Events
    ) -> None:
        self.wish = wish
        self.measures = measures
        self.gauge = gauge
        self._watch = watch
        self._events = events

    def run(self, publisher: UploadPublisher, stopped: Callable[[], bool]) -> Result:
        """Send, and wait until all is answered or ``timeout_s`` have passed since the last upload.

        If ``stopped`` says so: send no more, wait no more, tell what was seen. Raises ``Systemic``
        where outcomes cannot be read any more.
        """
        wish, began = self.wish, datetime.now(UTC)

        def over() -> bool:
            self._watch.check()
            return stopped()

        publisher.publish(wish.schedule.times(), self._events.prepared(), over)
        publisher.flush(wish.timeout_s, over)
        until = max(self.measures.last_sent, self.measures.began) + wish.timeout_s
        while time.monotonic() < until and not self.measures.all_answered and not over():
            time.sleep(LOOK_S)
        if interrupted := stopped():
            publisher.flush(FLUSH_S)
        settled = time.monotonic() + SETTLE_S
        while time.monotonic() < settled and not over():
            time.sleep(LOOK_S)
        lag = self.gauge.stop()
        figures = figures_of(
            self.measures,
            now=time.monotonic(),
            timeout_s=wish.timeout_s,
            lag=lag,
            highest_lag=self.gauge.highest,
        )
        expected = wish.expectations or tuple(Expectation.parse(text) for text in USUAL)
        return Result(
            wish=wish,
            began_at=began,
            ended_at=datetime.now(UTC),
            interrupted=interrupted,
            measures=self.measures,
            figures=figures,
            lag_at_start=self.gauge.at_start,
            lag=lag,
            checked=tuple(one.check(figures) for one in expected),
            notes=notes_of(
                wish,
                self.measures,
                figures,
                self.gauge.at_start,
                lag,
                self._events.supply.contents,
                interrupted=interrupted,
            ),
        )


@contextmanager
def open_run(wish: Wish, events: Events) -> Iterator[tuple[LoadRun, UploadPublisher]]:
    """Connect everything. Raises ``Systemic`` where a broker, a topic or a right is missing."""
    measures = Measures(measured_from=wish.schedule.ramp_s)
    topic, setting = wish.topic
    with ExitStack() as stack:
        gauge = stack.enter_context(LagGauge(wish.kafka, topic))
        watch = stack.enter_context(Watch(wish.kafka, wish.run, measures))
        publisher = stack.enter_context(UploadPublisher(wish.kafka, topic, setting, measures))
        yield LoadRun(wish, measures, gauge, watch, events), publisher
