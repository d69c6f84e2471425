"""Settings that are right one by one and wrong together."""

from __future__ import annotations

from worker.detector.openai.config import Flavor
from worker.settings.settings import Settings
from worker.settings.sources import SettingsInvalid


def check_relations(settings: Settings) -> None:
    """Raises ``SettingsInvalid`` that names every pair at odds, and what to change."""
    faults = list(_faults(settings))
    if faults:
        raise SettingsInvalid("\n".join(faults))


def _faults(settings: Settings) -> list[str]:
    faults: list[str] = []
    named = {"policy.thresholds": settings.policy.thresholds}
    for number, rule in enumerate(settings.policy.rules):
        named[f"policy.rules[{number}].thresholds"] = rule.thresholds
    for name, cuts in named.items():
        if not cuts.authentic_below <= cuts.ai_generated_from <= cuts.block_from:
            faults.append(
                f"{name}: authentic_below, ai_generated_from, block_from must not decrease;"
                f" they are {cuts.authentic_below}, {cuts.ai_generated_from} and {cuts.block_from}"
            )
    cascade = settings.cascade
    if cascade.think_from > cascade.think_to:
        faults.append(
            f"cascade.think_from ({cascade.think_from}) must not lie above cascade.think_to"
            f" ({cascade.think_to}): nothing would lie in the band between them"
        )
    consumer = settings.kafka.consumer
    if settings.flow.drain_timeout_s * 1000 >= consumer.max_poll_interval_ms:
        faults.append(
            f"flow.drain_timeout_s ({settings.flow.drain_timeout_s:g} s) must stay below"
            f" kafka.consumer.max_poll_interval_ms ({consumer.max_poll_interval_ms} ms): a drain"
            " that hangs must end before its partitions are given away, or work is done twice"
        )
    producer = settings.kafka.producer
    if producer.delivery_timeout_ms <= producer.linger_ms:
        faults.append(
            f"kafka.producer.delivery_timeout_ms ({producer.delivery_timeout_ms}) must exceed"
            f" kafka.producer.linger_ms ({producer.linger_ms}): no message could ever be sent"
        )
    faults += _client_faults(settings)
    faults += _engine_faults(settings)
    faults += settings.telemetry.faults()
    return faults


def _client_faults(settings: Settings) -> list[str]:
    """What librdkafka refuses to begin with."""
    faults: list[str] = []
    consumer = settings.kafka.consumer
    shorter = consumer.max_poll_interval_ms < consumer.session_timeout_ms
    if settings.stream.client == "confluent" and shorter:
        faults.append(
            f"kafka.consumer.max_poll_interval_ms ({consumer.max_poll_interval_ms}) must not lie"
            f" below kafka.consumer.session_timeout_ms ({consumer.session_timeout_ms}) with"
            " stream.client=confluent"
        )
    return faults


def _engine_faults(settings: Settings) -> list[str]:
    faults: list[str] = []
    plain = settings.model.engine == "openai" and settings.remote.flavor is Flavor.OPENAI
    if plain and settings.cascade.enabled:
        faults.append(
            "cascade.enabled needs a server that answers verdict-first, and one of remote.flavor"
            " `openai` does not: set `vllm` if it is one, or switch the cascade off"
        )
    return faults
