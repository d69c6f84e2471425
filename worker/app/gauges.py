"""What of the parts shows as gauges."""

from __future__ import annotations

from worker import __version__
from worker.answering.isolation import Isolation
from worker.decode.pool import DecodePool
from worker.detector.protocol import Detector
from worker.drift.baseline import load_baseline
from worker.drift.config import DriftConfig
from worker.drift.monitor import DriftMonitor
from worker.fetch.router import FetchRouter
from worker.settings.settings import Settings
from worker.stream.kafka.source import KafkaSource
from worker.stream.kafka.topic_names import TopicNames
from worker.telemetry.gpu import Gpus
from worker.telemetry.instruments import Figures
from worker.telemetry.metrics import Metrics
from worker.telemetry.table import delivery, engine, media, process, verdicts
from worker.telemetry.table.process import BreakerName


def show_stream(metrics: Metrics, source: KafkaSource, topics: TopicNames) -> None:
    """How far the stream is."""
    inputs = {topic: setting for setting, topic in topics.inputs()}

    def lags() -> Figures:
        return [
            (
                {"topic": topic, "partition": str(number), "input": inputs[topic]},
                float(progress.lag),
            )
            for (topic, number), progress in source.progress().items()
            if progress.lag is not None
        ]

    def gaps() -> Figures:
        return [
            ({"topic": topic, "partition": str(number)}, float(progress.gap))
            for (topic, number), progress in source.progress().items()
        ]

    metrics.observe_all(delivery.LAG, lags)
    metrics.observe_all(delivery.GAP, gaps)
    metrics.observe(delivery.PARTITIONS, lambda: float(len(source.partitions)))
    metrics.observe(delivery.IN_FLIGHT, lambda: float(source.in_flight))
    metrics.observe(delivery.OLDEST_AGE, lambda: source.oldest_age_s)
    metrics.observe(delivery.POLL_AGE, lambda: source.poll_age_s)


def show_media(metrics: Metrics, fetcher: FetchRouter, decoder: DecodePool) -> None:
    """Fetching and decoding."""
    metrics.observe(media.SPILLED_BYTES, lambda: float(fetcher.spilled_bytes))
    metrics.observe(media.HOSTS_LEFT_ALONE, lambda: float(fetcher.hosts_left_alone))
    metrics.breaker(BreakerName.FETCH_HOSTS, lambda: fetcher.hosts_left_alone > 0)
    metrics.observe(media.DECODE_PROCESSES, lambda: float(len(decoder.processes)))
    metrics.observe(media.DECODE_WAITING, lambda: float(decoder.waiting))
    metrics.observe_each(
        media.DECODE_PROTECTION,
        lambda: {name: float(held) for name, held in decoder.protections().items()},
    )


def show_engine(metrics: Metrics, detector: Detector, isolation: Isolation) -> None:
    """The model's engine."""
    metrics.observe(engine.RUNNING, lambda: float(detector.load.running))
    metrics.observe(engine.ENGINE_WAITING, lambda: float(detector.load.waiting))
    metrics.observe(engine.BATCH_FILL, lambda: detector.load.batch_fill)
    metrics.observe(engine.KV_CACHE_USAGE, lambda: detector.load.kv_cache_usage)
    metrics.observe(engine.PREEMPTIONS, lambda: detector.load.preemptions)
    metrics.observe(engine.PREFIX_CACHE_HIT_RATIO, lambda: detector.load.prefix_cache_hit_ratio)
    metrics.observe(engine.SUSPECTS, lambda: float(isolation.apart))
    metrics.observe(engine.HELD, lambda: float(isolation.held))
    metrics.breaker(BreakerName.REMOTE, lambda: not detector.load.answers)


def show_gpus(metrics: Metrics, gpus: Gpus) -> None:
    """The machine's GPUs, all that are visible here."""
    metrics.observe_each(process.GPU_UTILIZATION, lambda: gpus.each(lambda one: one.utilization))
    metrics.observe_each(
        process.GPU_MEMORY_USED, lambda: gpus.each(lambda one: float(one.memory_used))
    )
    metrics.observe_each(
        process.GPU_MEMORY_TOTAL, lambda: gpus.each(lambda one: float(one.memory_total))
    )


def show_drift(metrics: Metrics, config: DriftConfig) -> None:
    """Drift of the scores. Raises ``BaselineInvalid``."""
    baseline = load_baseline(config.baseline) if config.baseline is not None else None
    monitor = DriftMonitor(config.window, baseline)
    metrics.on_fresh_verdict(monitor.note)
    metrics.observe_each(
        verdicts.DRIFT,
        lambda: {kind.value: index for kind, index in monitor.indices().items()},
    )


def show_build(metrics: Metrics, settings: Settings, detector: Detector) -> None:
    """What runs. The engine has been started."""
    facts = {
        "version": __version__,
        "model": detector.identity.id,
        "engine": detector.identity.engine,
        "mode": settings.policy.mode.value,
    }
    metrics.observe_all(process.BUILD_INFO, lambda: [(facts, 1.0)])
