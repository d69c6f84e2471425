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
    faults += _engine_faults(settings)
    return faults


def _engine_faults(settings: Settings) -> list[str]:
    faults: list[str] = []
    section = "remote" if settings.model.engine == "openai" else "engine"
    expected = settings.chosen_engine.expected_p99_s
    if settings.cache.lease_s <= expected:
        faults.append(
            f"cache.lease_s ({settings.cache.lease_s:g} s) must exceed {section}.expected_p99_s"
            f" ({expected:g} s): other workers would repeat work under way"
        )
    plain = section == "remote" and settings.remote.flavor is Flavor.OPENAI
    if plain and settings.cascade.enabled:
        faults.append(
            "cascade.enabled needs a server that answers verdict-first, and one of remote.flavor"
            " `openai` does not: set `vllm` if it is one, or switch the cascade off"
        )
    return faults
