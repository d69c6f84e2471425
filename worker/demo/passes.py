"""One pass of uploads: published, awaited, and looked at."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from worker.demo.samples import Sample
from worker.demo.stage import Stage
from worker.demo.traffic import Outcome, Rejection, Uploader
from worker.domain.verdict import VerdictEvent
from worker.report.row import Row

LOOK_EVERY_S = 0.5


@dataclass(slots=True)
class Pass:
    """What came of one round of uploads."""

    samples: dict[str, Sample]
    """By event id."""
    rows: list[Row] = field(default_factory=list)
    verdicts: dict[str, VerdictEvent] = field(default_factory=dict)
    latencies_s: list[float] = field(default_factory=list)
    """From the call that published an upload to its outcome seen, in seconds."""
    seconds: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether every upload has its outcome."""
        return len(self.rows) == len(self.samples)

    @property
    def hits(self) -> int:
        """Verdicts that the cache answered."""
        return sum(verdict.cache.cached for verdict in self.verdicts.values())

    @property
    def failures(self) -> list[Row]:
        """Uploads without a verdict."""
        return [row for row in self.rows if row.failed]

    @property
    def known(self) -> list[tuple[Sample, VerdictEvent]]:
        """Samples whose label is known, with the verdicts that they got."""
        return [
            (sample, verdict)
            for event_id, sample in self.samples.items()
            if sample.expected is not None and (verdict := self.verdicts.get(event_id)) is not None
        ]

    @property
    def wrong(self) -> list[str]:
        """Names of samples whose label is known and was not given."""
        return [
            sample.path.name
            for sample, verdict in self.known
            if verdict.label is not sample.expected
        ]

    @property
    def with_artifact(self) -> list[tuple[Sample, VerdictEvent]]:
        """Samples with a known artifact, with the verdicts that they got."""
        return [(sample, verdict) for sample, verdict in self.known if sample.artifact]

    @property
    def named(self) -> list[str]:
        """Names of those whose artifact is among the findings."""
        return [
            sample.path.name
            for sample, verdict in self.with_artifact
            if sample.artifact in {finding.dimension for finding in verdict.findings}
        ]


class Runner:
    """Publishes passes and gathers their outcomes."""

    def __init__(self, stage: Stage, uploader: Uploader) -> None:
        self._stage = stage
        self._uploader = uploader
        self._pass: Pass | None = None
        self._begun = 0.0
        self._show: Callable[[Row], None] = lambda _: None
        self._complete = asyncio.Event()

    async def run(
        self, samples: Sequence[Sample], *, named: str, show: Callable[[Row], None]
    ) -> Pass:
        """Upload every sample under a name that begins with ``named``; wait for all outcomes.

        Raises ``Systemic`` if the worker ends before that.
        """
        events = {f"{named}-{uuid.uuid4()}": sample for sample in samples}
        this = self._pass = Pass(samples=events)
        self._show = show
        self._complete.clear()
        self._begun = time.monotonic()
        await self._uploader.publish(
            [self._event(event_id, sample, named) for event_id, sample in events.items()]
        )
        while not this.complete:
            self._stage.check_worker()
            try:
                await asyncio.wait_for(self._complete.wait(), LOOK_EVERY_S)
            except TimeoutError:
                continue
        this.seconds = time.monotonic() - self._begun
        return this

    def _event(self, event_id: str, sample: Sample, named: str) -> dict[str, object]:
        url = self._stage.server.url(sample.path)
        return {
            "event_id": event_id,
            "content_id": f"{named}/{sample.path.name}",
            "media": {"url": f"{url}?{named}", "size": sample.path.stat().st_size},
            "tenant": "demo",
            "surface": "post",
        }

    def came(self, outcome: Outcome) -> None:
        """An outcome was read. One of an earlier pass, or one seen before, changes nothing."""
        this = self._pass
        if this is None or outcome.event_id not in this.samples:
            return
        if outcome.event_id in this.verdicts:
            return
        latency = time.monotonic() - self._begun
        name = this.samples[outcome.event_id].path.name
        if isinstance(outcome, Rejection):
            row = Row.of_failure(name, outcome.reason, outcome.detail, latency)
        else:
            this.verdicts[outcome.event_id] = outcome
            row = Row.of_verdict(name, outcome, latency)
        this.latencies_s.append(latency)
        this.rows.append(row)
        self._show(row)
        if this.complete:
            self._complete.set()
