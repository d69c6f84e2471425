"""Looking at each part on its own, and naming what is wrong."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from worker.app.parts import chosen_detector, chosen_spec
from worker.cache.redis import RedisCache
from worker.decode.pool import DecodePool
from worker.detector.self_test import self_test
from worker.domain.failure import Failure
from worker.settings.settings import Settings
from worker.stream.kafka.topics import describe_topics


class Condition(StrEnum):
    """What a look at a part found."""

    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One part's state."""

    part: str
    health: Condition
    said: str
    seconds: float


Look = Callable[[Settings], Awaitable[tuple[Condition, str]]]


async def look_at_all(
    settings: Settings, found: Callable[[Diagnosis], None], *, model: bool
) -> list[Diagnosis]:
    """Look at every part in turn, telling ``found`` at once. One that is broken stops no other."""
    looks: list[tuple[str, Look]] = [
        ("broker and topics", _stream),
        ("redis", _cache),
        ("decoder", _decoder),
    ]
    if settings.model.engine == "vllm":  # else it is the server that needs one
        looks.append(("gpu", _gpu))
    if model:
        looks.append(("model", _model))
    findings = []
    for part, look in looks:
        finding = await _look(part, look, settings)
        found(finding)
        findings.append(finding)
    return findings


async def _look(part: str, look: Look, settings: Settings) -> Diagnosis:
    begun = time.monotonic()
    try:
        health, said = await look(settings)
    except Failure as failure:
        health, said = Condition.BROKEN, failure.detail
    return Diagnosis(part, health, said, time.monotonic() - begun)


async def _stream(settings: Settings) -> tuple[Condition, str]:
    described = await asyncio.to_thread(describe_topics, settings.kafka)
    return Condition.OK, "; ".join(described)


async def _cache(settings: Settings) -> tuple[Condition, str]:
    cache = RedisCache(settings.cache)
    try:
        version = await cache.ping()
    except Failure as failure:
        return Condition.WARNING, f"{failure.detail}: verdicts would go on, uncached (cache.url)"
    finally:
        await cache.close()
    return Condition.OK, f"Redis {version}"


async def _decoder(settings: Settings) -> tuple[Condition, str]:
    pool = DecodePool(settings.decode)
    try:
        await pool.start()
        holds = pool.protections()
    finally:
        await pool.close()
    missing = sorted(name for name, held in holds.items() if not held)
    if missing:
        return (
            Condition.WARNING,
            f"decodes; these protections do not hold here: {', '.join(missing)}",
        )
    return Condition.OK, f"decodes; protected by {', '.join(sorted(holds))}"


async def _gpu(_: Settings) -> tuple[Condition, str]:
    from worker.app.gpu import describe_gpus

    gpus = await asyncio.to_thread(describe_gpus)
    if not gpus:
        return (
            Condition.WARNING,
            "no GPU is seen: the engine runs on the CPU, far too slowly to serve",
        )
    return Condition.OK, "; ".join(gpus)


async def _model(settings: Settings) -> tuple[Condition, str]:
    spec = chosen_spec(settings)
    detector = chosen_detector(settings, spec)
    try:
        await detector.start()
        await self_test(detector, spec)
        identity = detector.identity
    finally:
        await detector.close()
    return Condition.OK, f"{identity.id} on {identity.engine} answers its golden media rightly"
