"""How the worker is, for the health server."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from worker import __version__
from worker.app.parts import Parts
from worker.health.protocol import PartitionRow, Status
from worker.settings.settings import Settings
from worker.stream.kafka.source import KafkaSource
from worker.telemetry.metrics import Metrics

FRESH_S = 30.0
"""A poll takes a tenth of a second; but a commit, or a look at what is committed, may wait 10 s for
brokers that are slow, and two of them come one after the other."""

MIB = 1024**2


class Phase(StrEnum):
    """Where in its life a worker is; the words are what `/readyz` says."""

    STARTING = "starting: connecting"
    LOADING = "starting: loading the model, and asking it about media whose answer is known"
    JOINING = "starting: joining the consumer group"
    READY = "ready"
    DRAINING = "stopping: finishing what was taken"
    BROKEN = "stopping: something broke for good, see the log"
    STOPPED = "stopped"


class WorkerVitals:
    """The phase, as the service moves through it, and the parts that are up by then."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stalled_after_s = settings.kafka.consumer.stalled_after_s
        self._loaded = False
        self._phase = Phase.STARTING
        self.source: KafkaSource | None = None
        self.parts: Parts | None = None
        self.metrics: Metrics | None = None

    @property
    def phase(self) -> Phase:
        """Where it is."""
        return self._phase

    def enter(self, phase: Phase) -> None:
        """It is there from now on."""
        self._phase = phase
        if phase in {Phase.JOINING, Phase.READY}:
            self._loaded = True

    @property
    def _poll_age_s(self) -> float | None:
        return self.source.poll_age_s if self.source is not None else None

    def alive(self) -> str | None:
        """None while the consumer's thread makes steps, and before it does.

        Never for an engine that is busy, nor for brokers that are away. With the event loop stuck,
        nothing would be answered at all.
        """
        age = self._poll_age_s
        if age is None or age <= self._stalled_after_s:
            return None
        return (
            f"the consumer's thread made no step for {age:.0f} s"
            f" (kafka.consumer.stall_timeout_s: {self._stalled_after_s:g})"
        )

    def started(self) -> str | None:
        """None from when the model answered rightly, for good."""
        return None if self._loaded else self._phase.value

    def ready(self) -> str | None:
        """None once the group is joined, while polls are fresh, until the drain.

        Also without partitions, where there are more workers than these: it takes what comes.
        """
        if self._phase is not Phase.READY:
            return self._phase.value
        age = self._poll_age_s
        limit = min(FRESH_S, self._stalled_after_s)
        if age is not None and age > limit:
            return f"the consumer's thread made no step for {age:.0f} s"
        return None

    def build(self) -> Mapping[str, object]:
        """See ``Vitals``. The identity is known once the model is loaded."""
        model = self._settings.model
        identity = self.parts.detector.identity.model_dump() if self.parts else None
        return {
            "version": __version__,
            "model": {
                "spec": model.spec,
                "source": model.source,
                "revision": model.revision,
                "engine": model.engine,
                "loaded": identity,
            },
            "mode": self._settings.policy.mode.value,
            "delivery": self._settings.kafka.delivery,
        }

    def status(self) -> Status:
        """See ``Vitals``."""
        return Status(
            phase=self._phase.value,
            version=__version__,
            model=self._settings.model.spec,
            mode=self._settings.policy.mode.value,
            alive=self.alive(),
            ready=self.ready(),
            figures={**self._stream_figures(), **self._engine_figures()},
            partitions=self._partitions(),
            outcomes=self.metrics.last_outcomes.counts() if self.metrics else {},
            breakers=self.metrics.open_breakers() if self.metrics else {},
            processes=self._processes(),
        )

    def _stream_figures(self) -> dict[str, str]:
        source = self.source
        if source is None:
            return {}
        age = source.poll_age_s
        return {
            "events in flight": f"{source.in_flight}",
            "oldest of them": f"{source.oldest_age_s:.1f} s",
            "last step of the consumer": "none yet" if age is None else f"{age:.1f} s ago",
        }

    def _engine_figures(self) -> dict[str, str]:
        if self.parts is None:
            return {}
        load = self.parts.detector.load
        figures = {
            "questions in the engine": f"{load.running} of {load.at_most}"
            f" ({load.batch_fill:.0%}), {load.waiting} wait",
            "files that wait for decoding": f"{self.parts.decoder.waiting}",
        }
        if load.kv_cache_usage is not None:
            figures["KV cache in use"] = f"{load.kv_cache_usage:.0%}"
        if load.preemptions is not None:
            figures["preemptions"] = f"{load.preemptions}"
        if load.prefix_cache_hit_ratio is not None:
            figures["prefix cache hits"] = f"{load.prefix_cache_hit_ratio:.0%}"
        return figures

    def _partitions(self) -> tuple[PartitionRow, ...]:
        if self.source is None:
            return ()
        return tuple(
            PartitionRow(f"{topic}[{number}]", progress.lag, progress.gap)
            for (topic, number), progress in sorted(self.source.progress().items())
        )

    def _processes(self) -> tuple[str, ...]:
        if self.parts is None:
            return ()
        busy = self.parts.decoder.busy
        return tuple(
            f"{one.child.pid}: {'at work' if one in busy else 'idle'}, {one.uses} files,"
            f" {one.grown_bytes / MIB:.0f} MiB more than at its start"
            for one in self.parts.decoder.processes
        )
