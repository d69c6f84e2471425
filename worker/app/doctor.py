"""Looking at each part on its own, and naming what is wrong."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from worker.app.diagnosis import Condition, Diagnosis, Look
from worker.app.links import look_at_cache, look_at_cache_strictly, look_at_stream
from worker.app.parts import chosen_detector, chosen_spec
from worker.app.running import look_at_worker
from worker.decode.pool import DecodePool
from worker.decode.sandbox.protections import REMEDIES, Protection
from worker.detector.self_test import self_test
from worker.domain.failure import Failure
from worker.settings.settings import Settings


async def look_at_all(
    settings: Settings,
    found: Callable[[Diagnosis], None],
    *,
    model: bool,
    only_links: bool = False,
    only_worker: str | None = None,
) -> list[Diagnosis]:
    """Look at every part in turn, telling ``found`` at once. One that is broken stops no other.

    ``only_links`` looks at Kafka and Redis alone, and has a Redis that is away be broken: who asks
    for it wants to know before there are verdicts. ``only_worker`` is the URL of a worker that
    runs, to look at that alone.
    """
    if only_worker is not None:
        return await _look_at_each([("worker", look_at_worker(only_worker))], settings, found)
    looks: list[tuple[str, Look]] = [
        ("broker and topics", look_at_stream),
        ("redis", look_at_cache_strictly if only_links else look_at_cache),
    ]
    if only_links:
        return await _look_at_each(looks, settings, found)
    looks.append(("decoder", _decoder))
    if settings.model.engine == "vllm":  # else it is the server that needs one
        looks.append(("gpu", _gpu))
    if model:
        looks.append(("model", _model))
    return await _look_at_each(looks, settings, found)


async def _look_at_each(
    looks: list[tuple[str, Look]], settings: Settings, found: Callable[[Diagnosis], None]
) -> list[Diagnosis]:
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


async def _decoder(settings: Settings) -> tuple[Condition, str]:
    # Started without those that the worker requires, too: to tell of all in one go.
    pool = DecodePool(settings.decode.model_copy(update={"require_protections": ()}))
    try:
        await pool.start()
        holds = pool.protections()
    finally:
        await pool.close()
    held = ", ".join(one for one in Protection if holds.get(one))
    missing = [one for one in Protection if not holds.get(one)]
    if not missing:
        return Condition.OK, f"decodes; protected by {held}"
    required = [one for one in missing if one in settings.decode.require_protections]
    told = "; ".join(f"{one}: {REMEDIES[one]}" for one in missing)
    if required:
        said = (
            f"the worker does not start without {', '.join(required)}"
            f" (decode.require_protections); not held here are {told}; held are {held}"
        )
        return Condition.BROKEN, said
    return Condition.WARNING, f"decodes; protected by {held}; not by {told}"


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
