"""Settings of drift."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from worker.drift.bins import LEAST


class DriftConfig(BaseModel):
    """Against what, and over how many scores."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    baseline: Path | None = Field(
        default=None,
        description="File that `ivy-worker drift baseline` wrote. Where absent, the first"
        " `policy.drift.window` fresh scores of each kind that this process gives: that shows a"
        " change while it runs, and nothing that was there before.",
    )
    window: int = Field(
        default=1000,
        ge=LEAST,
        le=1_000_000,
        description="Last fresh scores of each kind of media that are compared to it.",
    )
