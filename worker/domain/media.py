"""Media on its way to the model: the bytes as fetched, the pixels as the model takes them."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from worker.domain.declared_type import MAX_LENGTH, other_type
from worker.domain.held_file import HeldFile
from worker.domain.provenance import Provenance
from worker.domain.typography import TextSeen


class MediaKind(StrEnum):
    """How the model is asked: moving pictures as a video, whatever file they come in."""

    IMAGE = "image"
    VIDEO = "video"


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of one upload, and their identity: SHA-256 of the bytes, computed by us.

    A sender's own hash or ETag is a hint and never an identity: whoever controls it could
    borrow another file's verdict.
    """

    held: bytes | HeldFile
    """In memory; or in a file, where they are many. Of the file ``close()`` must be called."""
    sha256: str
    mime_hint: str | None = None

    @classmethod
    def of(cls, data: bytes, mime_hint: str | None = None) -> Content:
        """Content with its hash computed here."""
        return cls(held=data, sha256=hashlib.sha256(data).hexdigest(), mime_hint=mime_hint)

    @property
    def nbytes(self) -> int:
        """How many there are."""
        return len(self.held) if isinstance(self.held, bytes) else self.held.nbytes

    @property
    def data(self) -> bytes:
        """All of them, in memory."""
        return self.held if isinstance(self.held, bytes) else self.held.read()

    def head(self, nbytes: int) -> bytes:
        """The first bytes, ``nbytes`` of them at most."""
        return self.held[:nbytes] if isinstance(self.held, bytes) else self.held.head(nbytes)

    def close(self) -> None:
        """Let go of the bytes. A second call does nothing."""
        if isinstance(self.held, HeldFile):
            self.held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class MediaFacts(BaseModel):
    """What the decoder saw. Published with the verdict."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: MediaKind
    mime: str = Field(
        max_length=100, description="Media type found in the bytes, whatever the uploader said."
    )
    declared_mime: str | None = Field(
        default=None,
        max_length=MAX_LENGTH,
        description="Media type that the upload declared, where it is another than"
        " the one found: a fact for a reviewer, no fault. Null where they agree.",
    )
    codec: str | None = Field(
        default=None,
        max_length=40,
        pattern=r"^[ -~]*$",
        description="Codec of the video stream, as FFmpeg names it.",
    )
    width: int = Field(gt=0, lt=2**31, description="Source width in pixels, after rotation.")
    height: int = Field(gt=0, lt=2**31, description="Source height in pixels, after rotation.")
    frames: int = Field(
        default=1, gt=0, lt=2**31, description="Frames in the source (1 for a still image)."
    )
    duration_s: float | None = Field(
        default=None, ge=0, allow_inf_nan=False, description="Duration in seconds, for a video."
    )
    bytes: int = Field(description="Size of the file in bytes.")

    def declared_as(self, mime: str | None) -> Self:
        """These facts with what one upload declared: an answer may be another upload's, too."""
        declared = other_type(mime, self.mime)
        if declared == self.declared_mime:
            return self
        return self.model_copy(update={"declared_mime": declared})


@dataclass(frozen=True, slots=True)
class VideoSampling:
    """Which frames of the source were taken. The model's positions in time depend on it.

    Qwen2.5-VL derives seconds per temporal patch from these; wrong ones shift the positions
    without an error (M-RoPE).
    """

    source_fps: float
    source_frames: int
    frame_indices: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a video, in seconds from its beginning."""

    start_s: float
    end_s: float


class PreparedMedia:
    """Pixels ready for the model, in anonymous shared memory.

    The array is ``uint8``, RGB, shape ``(frames, height, width, 3)``, already on the model's
    resize grid; a still image has one frame. Only the descriptor travels between processes.
    The owner calls ``close()``; used as a context manager it does so by itself.
    """

    def __init__(
        self,
        *,
        fd: int,
        facts: MediaFacts,
        frames: int,
        height: int,
        width: int,
        sampling: VideoSampling | None = None,
        span: Span | None = None,
        provenance: Provenance | None = None,
        text: TextSeen | None = None,
    ) -> None:
        self.fd = fd
        self.facts = facts
        self.frames = frames
        self.height = height
        self.width = width
        self.sampling = sampling
        self.span = span
        """The stretch of a longer video that this is; None where it is the whole."""
        self.provenance = provenance
        """What the file says of its own origin; None where nobody looked."""
        self.text = text
        """The text in the middle frame; None where nobody looked."""

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Frames, height, width, 3."""
        return self.frames, self.height, self.width, 3

    @property
    def nbytes(self) -> int:
        """Bytes of pixels behind ``fd``."""
        return self.frames * self.height * self.width * 3

    def close(self) -> None:
        """Give the memory back. A second call does nothing."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
