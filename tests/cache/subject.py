"""What the contract of a cache is asked of."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable

from tests.support.factories import make_identity
from worker.cache.protocol import Cache
from worker.domain.cache_key import CacheKey

LEASE_S = 0.6
SUSPICION_S = 1
MAX_BYTES = 4096

PutRaw = Callable[[CacheKey, bytes], Awaitable[None]]


def make_key() -> CacheKey:
    return CacheKey.of(uuid.uuid4().hex * 2, make_identity())


class Subject:
    """A cache, another one on the same store as another worker has it, and a back door."""

    def __init__(self, one: Cache, other: Cache, put_raw: PutRaw) -> None:
        self.one = one
        self.other = other
        self.put_raw = put_raw
