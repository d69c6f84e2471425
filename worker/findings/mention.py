"""One dimension as a reasoning speaks of it."""

from __future__ import annotations

from dataclasses import dataclass

from worker.domain.taxonomy import Dimension
from worker.findings.polarity import Polarity


@dataclass(frozen=True, slots=True)
class Mention:
    """A dimension, what is said of it, and where. ``text[start:end]`` is the evidence, verbatim."""

    dimension: Dimension
    polarity: Polarity
    start: int
    end: int
    from_s: float | None = None
    to_s: float | None = None
    """The time that the text names, in seconds; None where it names none."""
