"""One computation for each content: inside this worker, and across all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from worker.cache.protocol import Cache, Lease
from worker.domain.answer import Answer, Override
from worker.domain.cache_key import CacheKey

Ask = Callable[[], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Known:
    """An answer, and where it came from."""

    answer: Answer
    cached: bool
    """True if this event did not make the model work: a cache hit, or another's work shared."""
    override: Override | None = None


class SingleFlight:
    """Asks for each key once at a time, however many events want it.

    Inside the worker, later callers await the first one's result. Across workers, a lease in
    the cache decides who asks; the others wait to be woken and then read the answer. A failure
    is shared inside the worker too: the content failed, not the caller.
    """

    def __init__(self, cache: Cache, *, renew_every_s: float) -> None:
        self._cache = cache
        self._renew_every_s = renew_every_s
        self._under_way: dict[CacheKey, asyncio.Future[Known]] = {}

    async def get(self, key: CacheKey, ask: Ask) -> Known:
        """The answer for ``key``, by calling ``ask`` only if nobody else has it or is about to."""
        while (leader := self._under_way.get(key)) is not None:
            try:
                known = await asyncio.shield(leader)
            except asyncio.CancelledError:
                this = asyncio.current_task()
                if leader.cancelled() and not (this and this.cancelling()):
                    continue  # the leader was cancelled, not we: the next in line leads
                raise
            return Known(known.answer, cached=True, override=known.override)
        return await self._lead(key, ask)

    async def _lead(self, key: CacheKey, ask: Ask) -> Known:
        promise: asyncio.Future[Known] = asyncio.get_running_loop().create_future()
        self._under_way[key] = promise
        try:
            known = await self._across_workers(key, ask)
        except asyncio.CancelledError:
            promise.cancel()
            raise
        except BaseException as error:
            promise.set_exception(error)
            promise.exception()  # read once here: without followers nobody else would
            raise
        else:
            promise.set_result(known)
            return known
        finally:
            del self._under_way[key]

    async def _across_workers(self, key: CacheKey, ask: Ask) -> Known:
        while True:
            claim = await self._cache.claim(key)
            if claim.answer is not None:
                return Known(claim.answer, cached=True, override=claim.override)
            if claim.lease is not None:
                answer = await self._ask_under(claim.lease, ask)
                return Known(answer, cached=False, override=claim.override)
            await self._cache.wait(key)

    async def _ask_under(self, lease: Lease, ask: Ask) -> Answer:
        renewal = asyncio.create_task(self._keep(lease))
        try:
            answer = await ask()
        except BaseException:
            await self._cache.release(lease)
            raise
        finally:
            renewal.cancel()
        await self._cache.store(lease, answer)
        return answer

    async def _keep(self, lease: Lease) -> None:
        """Renew the lease for as long as the answer takes. Once lost, it stays lost."""
        while True:
            await asyncio.sleep(self._renew_every_s)
            if not await self._cache.renew(lease):
                return
