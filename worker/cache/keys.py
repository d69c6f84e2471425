"""The names of our keys in Redis."""

from __future__ import annotations

from dataclasses import dataclass

from worker.domain.cache_key import CacheKey

VERSION = "v1"
"""Of the layout of keys and values: raised, old entries are left to expire."""

SUSPICION = "suspicion"
"""Last part of the keys that hold one."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys about one content and one model.

    The content's hash is the hash tag (in braces): a Redis Cluster keeps them on one node, as a
    script that touches several needs it.
    """

    answer: str
    lease: str
    token: str
    override: str
    suspicion: str
    woken: str
    """The channel on which waiters are told."""

    @classmethod
    def of(cls, prefix: str, key: CacheKey) -> Keys:
        """The keys for ``key``."""
        base = f"{prefix}:{VERSION}:{{{key.sha256}}}"
        one = f"{base}:{key.fingerprint}"
        return cls(
            answer=f"{one}:answer",
            lease=f"{one}:lease",
            token=f"{one}:token",
            override=override_key(prefix, key.sha256),
            suspicion=f"{one}:{SUSPICION}",
            woken=f"{one}:woken",
        )


def override_key(prefix: str, sha256: str) -> str:
    """Where a person's decision about a content is kept, for every model."""
    return f"{prefix}:{VERSION}:{{{sha256}}}:override"
