"""What vLLM says of itself while it works. Lives in the engine process."""

from __future__ import annotations

from typing import Any

from worker.detector.vllm.messages import Status


class EngineStats:
    """Keeps vLLM's figures of the last step.

    It has the methods of vLLM's ``StatLoggerBase``, and is no subclass, for nothing but the engine
    imports vLLM.
    """

    def __init__(self) -> None:
        from vllm.v1.metrics.stats import CachingMetrics

        self._prefix_cache = CachingMetrics()
        self._running = 0
        self._waiting = 0
        self._kv_cache_usage = 0.0
        self._preemptions = 0

    @property
    def status(self) -> Status:
        """As of the last step."""
        cache = self._prefix_cache
        return Status(
            running=self._running,
            waiting=self._waiting,
            kv_cache_usage=self._kv_cache_usage,
            preemptions=self._preemptions,
            prefix_cache_hit_ratio=None if cache.empty else cache.hit_rate,
        )

    def record(
        self,
        scheduler_stats: Any,
        iteration_stats: Any,
        mm_cache_stats: Any = None,  # noqa: ARG002 - vLLM passes it by name
        engine_idx: int = 0,  # noqa: ARG002 - likewise
    ) -> None:
        """One step of the engine."""
        if scheduler_stats is not None:
            self._running = scheduler_stats.num_running_reqs
            self._waiting = (
                scheduler_stats.num_waiting_reqs + scheduler_stats.num_skipped_waiting_reqs
            )
            self._kv_cache_usage = scheduler_stats.kv_cache_usage
            self._prefix_cache.observe(scheduler_stats.prefix_cache_stats)
        if iteration_stats is not None:
            self._preemptions += iteration_stats.num_preempted_reqs

    def log(self) -> None:
        """Called from time to time; we do not log."""

    def log_engine_initialized(self) -> None:
        """Called once; we do not log."""

    def record_sleep_state(self, *_: Any) -> None:
        """Our engine never sleeps."""


def unread_metrics() -> type:
    """A class in the place of vLLM's Prometheus metrics, which it keeps whether or not asked to.

    Nothing serves them here: what is told of the engine goes through ``EngineStats``. They took a
    tenth of the time of the engine process's one thread.
    """
    from vllm.v1.metrics.loggers import PrometheusStatLogger

    class Unread(PrometheusStatLogger):  # type: ignore[misc]  # vLLM has no types here
        def __init__(self, *_: Any, **__: Any) -> None:
            """Registers nothing."""

        def record(self, *_: Any, **__: Any) -> None:
            """Counts nothing."""

        def record_admission_rejection(self, *_: Any) -> None:
            """Counts nothing."""

        def record_sleep_state(self, *_: Any) -> None:
            """Our engine never sleeps."""

        def log_engine_initialized(self) -> None:
            """Tells nothing."""

    return Unread
