"""Whether the links hold: Kafka and Redis reached, our rights there. No decoder, no model."""

from __future__ import annotations

import asyncio

from worker.app.diagnosis import Condition
from worker.cache.redis import RedisCache
from worker.cache.rights import missing_rights as missing_in_redis
from worker.domain.failure import Failure
from worker.settings.settings import Settings
from worker.stream.choice import require_client
from worker.stream.confluent.extra import ExtraMissing
from worker.stream.kafka.rights import Right, missing_rights, wished_rights, worker_rights
from worker.stream.kafka.topics import describe_topics


async def look_at_stream(settings: Settings) -> tuple[Condition, str]:
    """The topics, and that we may do with them and the group what a worker does."""
    try:
        require_client(settings.stream.client)
    except ExtraMissing as error:
        return Condition.BROKEN, str(error)
    kafka = settings.kafka
    needed = worker_rights(kafka)
    missing = await asyncio.to_thread(missing_rights, kafka, (*needed, *wished_rights(kafka)))
    if lacking := [right for right in missing if right in needed]:
        return Condition.BROKEN, f"our principal lacks {_told(lacking)}"
    described = await asyncio.to_thread(describe_topics, kafka)
    said = f"{'; '.join(described)}; group {kafka.consumer.group_id!r}: all rights"
    if missing:
        said += f"; without {_told(missing)} the worker learns by trying how large a message may be"
    if risks := kafka.risks():
        return Condition.WARNING, "; ".join([*risks, said])
    return Condition.OK, said


def _told(rights: list[Right]) -> str:
    return ", ".join(map(str, rights))


async def look_at_cache(settings: Settings) -> tuple[Condition, str]:
    """Redis, and that we may do there what a worker does. The cache is optional, so it warns."""
    works, said = await _ask_cache(settings)
    if not works:
        return Condition.WARNING, f"{said}: verdicts would go on, uncached"
    return _with_risks(settings, said)


async def look_at_cache_strictly(settings: Settings) -> tuple[Condition, str]:
    """The same for somebody who wants the cache to work."""
    works, said = await _ask_cache(settings)
    return _with_risks(settings, said) if works else (Condition.BROKEN, said)


def _with_risks(settings: Settings, said: str) -> tuple[Condition, str]:
    if risks := settings.cache.risks():
        return Condition.WARNING, "; ".join([*risks, said])
    return Condition.OK, said


async def _ask_cache(settings: Settings) -> tuple[bool, str]:
    """Whether it works for us, and how it stands."""
    cache = RedisCache(settings.cache)
    try:
        version = await cache.ping()
        missing = await missing_in_redis(settings.cache)
    except Failure as failure:
        return False, failure.detail
    finally:
        await cache.close()
    if missing:
        return False, f"Redis {version} forbids its user {', '.join(missing)} (ACL SETUSER)"
    return True, f"Redis {version}, all rights"
