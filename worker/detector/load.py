"""How busy an engine is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EngineLoad:
    """Figures of one moment, at most a second or two old; None for what is not known."""

    running: int = 0
    """Questions that the engine works on."""
    waiting: int = 0
    """Questions that wait for it."""
    at_most: int = 1
    """Questions that it works on at once."""
    kv_cache_usage: float | None = None
    """Share of the KV cache in use, from 0 to 1."""
    preemptions: int | None = None
    """Questions set back for want of room in it, since the start."""
    prefix_cache_hit_ratio: float | None = None
    """Share of the last prompts' tokens that were in the prefix cache, from 0 to 1."""
    answers: bool = True
    """Whether it can be asked now."""

    @property
    def batch_fill(self) -> float:
        """Share of what it can work on at once."""
        return self.running / self.at_most
