"""Identity of an answer: the content, and all that changes what the model says about it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from worker.domain.answer import ModelIdentity


@dataclass(frozen=True, slots=True)
class CacheKey:
    """SHA-256 of the bytes, crossed with a fingerprint of all that makes the model's answer.

    Thresholds are left out on purpose: they apply after the cache, so moving one re-labels
    every cached answer at once instead of asking the model again.
    """

    sha256: str
    fingerprint: str

    @classmethod
    def of(cls, sha256: str, model: ModelIdentity) -> CacheKey:
        """The key of one content under one model."""
        return cls(sha256=sha256, fingerprint=fingerprint(model))

    def __str__(self) -> str:
        return f"{self.fingerprint}:{self.sha256}"


@lru_cache(maxsize=32)
def fingerprint(model: ModelIdentity) -> str:
    """16 hexadecimal digits that change when any part of the identity does.

    64 bits: a fleet sees thousands of model identities in its life, not billions, and the
    content's own hash stays whole beside it.
    """
    return hashlib.sha256(model.model_dump_json().encode()).hexdigest()[:16]
