"""Finding the content that kills the engine, and keeping it away from the others.

When the engine dies, all that were in it are suspected: it may have been any of them, or none. A
suspected content is asked about apart from the others: those that were one of many in a group of a
few, those that were one of a few alone. One whose lone question the engine does not survive is
convicted. This is two-stage group testing (Dorfman, "The Detection of Defective Members of Large
Populations", Annals of Mathematical Statistics 14, 1943). It needs one or two more deaths for each
culprit, while halving would need one for each halving, and each death costs a load of the model.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

import structlog

from worker.answering.gate import FEW, Company, Gate
from worker.cache.suspicion import Suspicion
from worker.domain.cache_key import CacheKey
from worker.domain.failure import Failure, Reason, Systemic

log = structlog.get_logger(__name__)

ACCUSING_S = 2.0
"""For the cache to take the accusation; a worker whose engine is dead has nothing to stay for."""

NAMED = 10
"""Contents named in one line of the log."""


class Accuser(Protocol):
    """Who remembers suspects, beyond the end of this process: the cache."""

    async def accuse(self, keys: Sequence[CacheKey], *, alone: bool) -> None:
        """See ``Cache``."""
        ...


class Isolation:
    """Around every question to the engine. Knows which contents are in it.

    Without an ``accuser`` a death accuses nobody: so where the engine is a server that others ask,
    too, for there the culprit may be theirs.
    """

    def __init__(self, accuser: Accuser | None = None) -> None:
        self._accuser = accuser
        self._gate = Gate()
        self._accusing: asyncio.Task[None] | None = None

    @property
    def apart(self) -> int:
        """Questions about suspects, in the engine or waiting for it."""
        return self._gate.apart

    @property
    def contents_inside(self) -> int:
        """Contents that are asked about now."""
        return len(self._gate.inside)

    @property
    def held(self) -> int:
        """Questions about others that wait for those."""
        return self._gate.held

    @asynccontextmanager
    async def asking(self, key: CacheKey, suspicion: Suspicion) -> AsyncIterator[None]:
        """Ask about ``key`` inside, in the company that ``suspicion`` leaves it.

        When the engine dies there, all that are in it are accused before the ``Systemic`` goes on.
        """
        async with self._gate.entered(key, company_of(suspicion)):
            try:
                yield
            except Systemic as failure:
                if failure.reason is Reason.ENGINE_DEAD:
                    await self._accused()
                raise

    async def _accused(self) -> None:
        """Return once all are accused; also when cancelled, for then the process ends.

        The engine dies once. Whoever comes later waits for the same accusation: no lease may be
        given back, and the content asked about elsewhere, before it is known what it may do.
        """
        if self._accuser is None:
            return
        if self._accusing is None:
            suspects = self._gate.inside
            alone = self._gate.company is Company.NONE and len(suspects) == 1
            self._accusing = asyncio.create_task(_accuse(self._accuser, suspects, alone))
        cancelled: asyncio.CancelledError | None = None
        while not self._accusing.done():
            try:
                await asyncio.wait({self._accusing})
            except asyncio.CancelledError as error:
                cancelled = error
        if cancelled is not None:
            raise cancelled


def company_of(suspicion: Suspicion) -> Company:
    """Whom a content may be asked about with."""
    if not suspicion.deaths:
        return Company.ANY
    return Company.NONE if suspicion.among <= FEW else Company.FEW


async def _accuse(accuser: Accuser, suspects: tuple[CacheKey, ...], alone: bool) -> None:
    """Never fails, and ends in time: the failure that it goes along with is the one to tell."""
    log.error(
        "engine_died_over",
        contents=len(suspects),
        alone=alone,
        sha256=[key.sha256 for key in suspects[:NAMED]],
    )
    problem = ""
    try:
        await asyncio.wait_for(accuser.accuse(suspects, alone=alone), ACCUSING_S)
    except TimeoutError:
        problem = f"not taken within {ACCUSING_S:g} s"
    except Failure as failure:
        problem = failure.detail
    if problem:
        log.error("suspects_forgotten", contents=len(suspects), detail=problem)
