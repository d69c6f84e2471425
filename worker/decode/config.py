"""Settings of the decoder."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from worker.decode.protocol import DecodeLimits


class DecodeConfig(BaseModel):
    """Processes, and what each may use."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    processes: int = Field(
        # One is enough to keep a small machine's engine busy; more than 8 outrun one GPU.
        default_factory=lambda: max(1, min(8, (os.cpu_count() or 1) - 1)),
        ge=1,
        description="Decode processes; by default one for each core but one, at most 8.",
    )
    timeout_s: float = Field(
        default=30.0, gt=0, description="Wall-clock seconds for one media; then it is killed."
    )
    memory_bytes: int = Field(
        default=2 * 1024**3, gt=0, description="Memory one process may add to what it starts with."
    )
    max_uses: int = Field(
        default=1000, ge=1, description="Media after which a process is replaced by a fresh one."
    )
    provenance: bool = Field(
        default=True, description="Read what a file says of its own origin: C2PA, XMP, EXIF ..."
    )
    trust_anchors: Path | None = Field(
        default=None,
        description="PEM file of certificate authorities for C2PA; without one no signature is"
        " called trusted.",
    )
    text: bool = Field(
        default=True,
        description="Look for text in pictures, which can steer the model, and ask again without"
        " it where there is some.",
    )
    limits: DecodeLimits = Field(
        default_factory=DecodeLimits, description="What one source may cost."
    )
