"""What is held against a content: that the engine died while it was asked about it."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Standing(StrEnum):
    """Where a content stands."""

    CLEAR = "clear"
    SUSPECTED = "suspected"
    """The engine died while it was in it: maybe by it, maybe by another, maybe by neither."""
    CONVICTED = "convicted"
    """The engine died while it was in it alone, because it was suspected before."""


class Suspicion(BaseModel):
    """Of one content, under one model: another engine may well survive it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    deaths: int = Field(default=0, ge=0)
    """Of the engine, while this content was in it."""
    among: int = Field(default=0, ge=0)
    """Contents in the engine at one of these deaths, this one included: the fewest there were."""
    convicted: bool = False
    last_death_ms: int = Field(default=0, ge=0, le=253_402_300_799_999)
    """Milliseconds since the Unix epoch, up to the year 9999, where a date ends."""

    @property
    def standing(self) -> Standing:
        """What follows from it."""
        if self.convicted:
            return Standing.CONVICTED
        return Standing.SUSPECTED if self.deaths else Standing.CLEAR

    def after_death(self, *, among: int, alone: bool, at_ms: int) -> Suspicion:
        """The same after one more death. The script ``ACCUSE`` follows the same rule in Redis."""
        return Suspicion(
            deaths=self.deaths + 1,
            among=min(among, self.among) if self.deaths else among,
            convicted=self.convicted or alone,
            last_death_ms=at_ms,
        )


NO_SUSPICION = Suspicion()
