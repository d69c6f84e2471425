"""One computation for each content: inside this worker, and across all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from worker.cache.lookup import Lookup, LookupWitness, Unwitnessed, WaitOutcome
from worker.cache.protocol import Cache, Claim, Lease
from worker.cache.suspicion import Suspicion
from worker.domain.answer import Answer, Override
from worker.domain.cache_key import CacheKey
from worker.domain.failure import Poison, Reason

Ask = Callable[[Suspicion], Awaitable[Answer]]
"""Asks the model; told what the cache holds against the content."""


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
    is shared inside the worker too: the content failed, not the caller. Only where it was over
    the caller's budget do callers with another one try for themselves.
    """

    def __init__(
        self, cache: Cache, *, renew_every_s: float, witness: LookupWitness | None = None
    ) -> None:
        self._cache = cache
        self._witness = witness or Unwitnessed()
        self._renew_every_s = renew_every_s
        self._under_way: dict[CacheKey, tuple[asyncio.Future[Known], str]] = {}

    async def get(self, key: CacheKey, ask: Ask, *, budget: str = "") -> Known:
        """The answer for ``key``, by calling ``ask`` only if nobody else has it or is about to.

        ``budget`` names that which ``ask`` keeps to.
        """
        while (under_way := self._under_way.get(key)) is not None:
            leader, its_budget = under_way
            try:
                known = await asyncio.shield(leader)
            except asyncio.CancelledError:
                this = asyncio.current_task()
                if leader.cancelled() and not (this and this.cancelling()):
                    continue  # the leader was cancelled, not we: the next in line leads
                raise
            except Poison as poison:
                if poison.reason is Reason.MEDIA_OVER_BUDGET and its_budget != budget:
                    continue
                raise
            self._witness.looked_up(Lookup.JOINED)
            return Known(known.answer, cached=True, override=known.override)
        return await self._lead(key, ask, budget)

    async def _lead(self, key: CacheKey, ask: Ask, budget: str) -> Known:
        promise: asyncio.Future[Known] = asyncio.get_running_loop().create_future()
        self._under_way[key] = (promise, budget)
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
        waited = False
        while True:
            claim = await self._cache.claim(key)
            self._tell(claim, waited=waited)
            if claim.answer is not None:
                return Known(claim.answer, cached=True, override=claim.override)
            if claim.lease is not None:
                answer = await self._ask_under(claim.lease, partial(ask, claim.suspicion))
                return Known(answer, cached=False, override=claim.override)
            waited = True
            await self._cache.wait(key)

    def _tell(self, claim: Claim, *, waited: bool) -> None:
        if claim.answer is None and claim.lease is None:
            return  # we wait, again if waited already
        if waited:
            answered = claim.answer is not None
            self._witness.waited_for_lease(
                WaitOutcome.ANSWERED if answered else WaitOutcome.TAKEN_OVER
            )
        if claim.answer is not None:
            self._witness.looked_up(Lookup.JOINED if waited else Lookup.HIT)
        else:
            self._witness.looked_up(Lookup.ERROR if claim.unknown else Lookup.MISS)

    async def _ask_under(self, lease: Lease, ask: Callable[[], Awaitable[Answer]]) -> Answer:
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
