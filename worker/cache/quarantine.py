"""The contents held under suspicion, for a person to see and to let go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

from worker.cache.config import CacheConfig
from worker.cache.connection import answered, open_redis_blocking
from worker.cache.keys import SUSPICION, VERSION
from worker.cache.stored import unpack_suspicion
from worker.cache.suspicion import Standing, Suspicion
from worker.domain.cache_key import CacheKey

BATCH = 1000
"""Keys that Redis looks at in one step of a scan: a step takes it well under a millisecond, and
serves workers in between. All keys are looked at, answers too: a million are a thousand steps."""

GLOB = re.compile(r"[\\*?\[\]]")


@dataclass(frozen=True, slots=True)
class Suspect:
    """One content under one model, and what is held against it."""

    key: CacheKey
    suspicion: Suspicion
    left_s: int
    """Seconds until it is forgotten."""


class Quarantine:
    """The suspicions in Redis, found by a scan. Raises ``Transient`` where it is away.

    A suspicion that comes or goes meanwhile is seen or not; one that stays is seen, once.
    """

    def __init__(self, config: CacheConfig) -> None:
        self._start = f"{config.prefix}:{VERSION}:"
        # A scan by a person: patience is cheap here.
        self._redis = open_redis_blocking(config, timeout_s=max(5.0, config.timeout_s))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._redis.close()

    def suspects(self, sha256: str | None = None) -> Iterator[Suspect]:
        """All of them, or those of one content, under whatever model. In no order."""
        seen: set[bytes] = set()  # a scan may give a key twice
        for names in self._scan(sha256):
            fresh = [name for name in names if name not in seen]
            seen.update(fresh)
            for name, value, left_ms in self._read(fresh):
                key, suspicion = self._key(name), unpack_suspicion(value)
                if key is not None and suspicion.standing is not Standing.CLEAR:
                    yield Suspect(key, suspicion, max(0, left_ms) // 1000)

    def lift(self, sha256: str | None = None) -> int:
        """Forget them all, or those of one content. How many there were.

        What cannot be read as a suspicion goes, too; it is under a name that is only for those.
        """
        lifted = 0
        for names in self._scan(sha256):
            with answered():
                # One command a key, for they lie in different hash slots.
                together = self._redis.pipeline(transaction=False)
                for name in names:
                    together.delete(name)
                lifted += sum(together.execute())
        return lifted

    def _scan(self, sha256: str | None) -> Iterator[list[Any]]:
        """Names of the keys, as many at a time as a step of the scan finds."""
        start = GLOB.sub(r"\\\g<0>", self._start)
        pattern = f"{start}{{{sha256 or '*'}}}:*:{SUSPICION}"
        cursor = 0
        while True:
            found: list[Any]
            with answered():
                cursor, found = self._redis.scan(cursor, match=pattern, count=BATCH)
            if found:
                yield found
            if not cursor:
                return

    def _read(self, names: list[bytes]) -> Iterator[tuple[bytes, bytes | None, int]]:
        with answered():
            together = self._redis.pipeline(transaction=False)
            for name in names:
                together.get(name)
                together.pttl(name)
            found: list[Any] = together.execute(raise_on_error=False)
        for number, name in enumerate(names):
            value, left_ms = found[2 * number : 2 * number + 2]
            if isinstance(value, bytes) and isinstance(left_ms, int):
                yield name, value, left_ms

    def _key(self, name: bytes) -> CacheKey | None:
        """None for a name that only looks like one of ours."""
        found = re.fullmatch(
            rf"{re.escape(self._start)}\{{([0-9a-f]{{64}})\}}:([0-9a-f]{{16}}):{SUSPICION}",
            name.decode(errors="replace"),
        )
        return CacheKey(sha256=found[1], fingerprint=found[2]) if found else None
