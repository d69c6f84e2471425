"""What the pipeline asks of a cache."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from worker.cache.suspicion import NO_SUSPICION, Suspicion
from worker.domain.answer import Answer, Override
from worker.domain.cache_key import CacheKey


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to compute one answer, for a while.

    ``token`` grows with every lease of a key: a holder that lost its lease while it slept
    cannot write over the answer of the next (a fencing token).
    """

    key: CacheKey
    token: int


@dataclass(frozen=True, slots=True)
class Claim:
    """What a caller gets for a key: the answer, or the lease to compute it, or neither.

    Neither means that another holds the lease. The human override and the suspicion come in every
    case.
    """

    answer: Answer | None = None
    lease: Lease | None = None
    override: Override | None = None
    suspicion: Suspicion = NO_SUSPICION
    unknown: bool = False
    """True where no cache answered: the lease is nobody's."""


class Cache(Protocol):
    """Answers by content and model, shared by all workers.

    Each call raises ``Transient`` (reason ``cache_unavailable``) when the cache is away; none
    raises for what it finds stored.
    """

    async def claim(self, key: CacheKey) -> Claim:
        """The answer, or else the lease if it is free: one atomic step, one round trip.

        A stored value that cannot be read is a miss, and will be written over.
        """
        ...

    async def renew(self, lease: Lease) -> bool:
        """Hold the lease for another term. False if it was lost."""
        ...

    async def store(self, lease: Lease, answer: Answer) -> bool:
        """Keep the answer, give the lease back and wake the waiters.

        A suspicion goes with that: the engine lived to give the answer.

        False, and nothing kept, if the lease was lost to another holder meanwhile, or if the
        answer is over the size limit (then the lease is given back all the same).
        """
        ...

    async def release(self, lease: Lease) -> None:
        """Give the lease back without an answer, wake the waiters. A lost one is left alone."""
        ...

    async def wait(self, key: CacheKey) -> None:
        """Return when the key's lease was given back or has run out. Does not poll.

        May return early; the caller claims again.
        """
        ...

    async def accuse(self, keys: Sequence[CacheKey], *, alone: bool) -> None:
        """The engine died while it was asked about these contents, and no others.

        They are suspected from now on, each for its own time. ``alone`` convicts: they were one,
        asked about by itself because it was suspected before.
        """
        ...

    async def set_override(self, sha256: str, override: Override | None) -> None:
        """Keep a person's decision about a content, for every model; None takes it back."""
        ...

    async def close(self) -> None:
        """Disconnect."""
        ...
