"""How an answer is come to, beyond the model itself. Part of what identifies an answer."""

from __future__ import annotations

import hashlib

from pydantic import BaseModel, ConfigDict, Field

from worker.domain.windows import Windows

VERSION_LENGTH = 12
"""Hexadecimal digits: 48 bits tell a few thousand ways of asking apart."""


class Cascade(BaseModel):
    """A verdict-first pass over everything, and a second one that thinks, where it pays.

    Off unless switched on: the model was trained to think first, and an answer without thinking is
    off that path. Measure the agreement on media of yours before you trust it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = Field(
        default=False, description="Ask for the verdict first, and for reasons only where it pays."
    )
    think_from: float = Field(
        default=0.05,
        ge=0,
        le=1,
        description="From this verdict-first P(fake), as the model gave it, the model is asked to"
        " think; that answer then counts.",
    )
    think_to: float = Field(default=0.95, ge=0, le=1, description="Up to this one.")
    sample: float = Field(
        default=0.01,
        ge=0,
        le=1,
        description="Part of the media beyond that which thinks all the same, to watch how often"
        " both passes agree. Drawn by the content's hash: the same content is drawn each time.",
    )
    explain_flagged: bool = Field(
        default=False,
        description="Ask for reasons above `think_to`, too: they are told as post_hoc.",
    )


class Procedure(BaseModel):
    """All of it. Two procedures that differ have two versions, and share no cached answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    windows: Windows = Windows()
    cascade: Cascade = Cascade()
    text: bool = True
    """Whether text in pictures is looked for, and the model asked again without it."""
    provenance: bool = True
    """Whether a file's own word about its origin is read."""
    trust_anchors: str | None = None
    """SHA-256 of the certificates by which a signature is called trusted."""

    @property
    def version(self) -> str:
        """A hash of the contents."""
        digest = hashlib.sha256(self.model_dump_json().encode())
        return digest.hexdigest()[:VERSION_LENGTH]
