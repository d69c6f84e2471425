"""Whether a tenant is alone on the stream."""

from __future__ import annotations

from dataclasses import dataclass

from worker.domain.clock import Clock


@dataclass(frozen=True, slots=True)
class _Sighting:
    tenant: str
    at: float


class Neighbours:
    """Remembers when somebody was last seen beside a tenant: two sightings are enough for all."""

    def __init__(self, clock: Clock, for_s: float) -> None:
        self._clock = clock
        self._for_s = for_s
        self._latest: _Sighting | None = None
        self._latest_other: _Sighting | None = None

    def saw(self, tenant: str) -> None:
        """An event of this tenant came by."""
        if self._latest is not None and self._latest.tenant != tenant:
            self._latest_other = self._latest
        self._latest = _Sighting(tenant, self._clock.monotonic())

    def has(self, tenant: str) -> bool:
        """Whether another tenant than this one was seen lately."""
        seen = self._latest
        if seen is not None and seen.tenant == tenant:
            seen = self._latest_other
        return seen is not None and self._clock.monotonic() - seen.at <= self._for_s
