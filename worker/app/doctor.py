"""Looking at each part on its own, and naming what is wrong."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from worker.app.parts import chosen_spec
from worker.cache.redis import RedisCache
from worker.decode.pool import DecodePool
from worker.detector.self_test import self_test
from worker.detector.vllm.detector import VllmDetector
from worker.domain.failure import Failure
from worker.settings.settings import Settings
from worker.stream.kafka.topics import describe_topics


class Health(StrEnum):
    """What a look at a part found."""

    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """One part's state."""

    part: str
    health: Health
    said: str
    seconds: float


Look = Callable[[Settings], Awaitable[tuple[Health, str]]]


async def look_at_all(
    settings: Settings, found: Callable[[Finding], None], *, model: bool
) -> list[Finding]:
    """Look at every part in turn, telling ``found`` at once. One that is broken stops no other."""
    looks: list[tuple[str, Look]] = [
        ("broker and topics", _stream),
        ("redis", _cache),
        ("decoder", _decoder),
        ("gpu", _gpu),
    ]
    if model:
        looks.append(("model", _model))
    findings = []
    for part, look in looks:
        finding = await _look(part, look, settings)
        found(finding)
        findings.append(finding)
    return findings


async def _look(part: str, look: Look, settings: Settings) -> Finding:
    begun = time.monotonic()
    try:
        health, said = await look(settings)
    except Failure as failure:
        health, said = Health.BROKEN, failure.detail
    return Finding(part, health, said, time.monotonic() - begun)


async def _stream(settings: Settings) -> tuple[Health, str]:
    described = await asyncio.to_thread(describe_topics, settings.kafka)
    return Health.OK, "; ".join(described)


async def _cache(settings: Settings) -> tuple[Health, str]:
    cache = RedisCache(settings.cache)
    try:
        version = await cache.ping()
    except Failure as failure:
        return Health.WARNING, f"{failure.detail}: verdicts would go on, uncached (cache.url)"
    finally:
        await cache.close()
    return Health.OK, f"Redis {version}"


async def _decoder(settings: Settings) -> tuple[Health, str]:
    pool = DecodePool(settings.decode)
    try:
        await pool.start()
        holds = pool.protections()
    finally:
        await pool.close()
    missing = sorted(name for name, held in holds.items() if not held)
    if missing:
        return Health.WARNING, f"decodes; these protections do not hold here: {', '.join(missing)}"
    return Health.OK, f"decodes; protected by {', '.join(sorted(holds))}"


async def _gpu(_: Settings) -> tuple[Health, str]:
    from worker.app.gpu import describe_gpus

    gpus = await asyncio.to_thread(describe_gpus)
    if not gpus:
        return Health.WARNING, "no GPU is seen: the engine runs on the CPU, far too slowly to serve"
    return Health.OK, "; ".join(gpus)


async def _model(settings: Settings) -> tuple[Health, str]:
    spec = chosen_spec(settings)
    detector = VllmDetector(spec, settings.engine)
    try:
        await detector.start()
        await self_test(detector, spec)
        identity = detector.identity
    finally:
        await detector.close()
    return Health.OK, f"{identity.id} on {identity.engine} answers its golden media rightly"
