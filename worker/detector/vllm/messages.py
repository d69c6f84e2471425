"""What passes between the detector and its engine process."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from worker.detector.vllm.config import EngineConfig
from worker.domain.generation import AnswerForm, FinishReason, LabelLogprobs
from worker.domain.media import MediaKind, PreparedMedia, VideoSampling
from worker.models.spec import ModelSpec


class EngineMessage(BaseModel):
    """A message."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Load(EngineMessage):
    """Load this model. The first message to the engine process."""

    spec: ModelSpec
    settings: EngineConfig
    traces_endpoint: str | None = None
    """Where vLLM sends its own spans; None for none."""


class Ask(EngineMessage):
    """Answer about the media whose pixels come with this."""

    do: Literal["ask"] = "ask"
    id: int
    kind: MediaKind
    shape: tuple[int, int, int, int]
    """Frames, height, width, 3."""
    sampling: VideoSampling | None
    form: AnswerForm
    priority: int
    trace: dict[str, str] = {}
    """W3C ``traceparent`` and ``tracestate`` of the span that it is asked in, for vLLM's own."""

    @classmethod
    def about(
        cls,
        media: PreparedMedia,
        number: int,
        form: AnswerForm,
        priority: int,
        trace: dict[str, str] | None = None,
    ) -> Ask:
        """The question about ``media``."""
        return cls(
            id=number,
            kind=media.facts.kind,
            shape=media.shape,
            sampling=media.sampling,
            form=form,
            priority=priority,
            trace=trace or {},
        )


class Forget(EngineMessage):
    """Nobody waits for this answer any more."""

    do: Literal["forget"] = "forget"
    id: int


class ToEngine(EngineMessage):
    """Anything said to a loaded engine."""

    body: Annotated[Ask | Forget, Field(discriminator="do")]


class Loaded(EngineMessage):
    """The engine takes questions."""

    did: Literal["loaded"] = "loaded"
    engine: str
    revision: str


class Unloadable(EngineMessage):
    """The model cannot be loaded, for a reason that a person can mend."""

    did: Literal["unloadable"] = "unloadable"
    detail: str


class Answered(EngineMessage):
    """One answer."""

    did: Literal["answered"] = "answered"
    id: int
    text: str
    finish_reason: FinishReason
    label_logprobs: LabelLogprobs | None
    forced: bool
    form: AnswerForm
    prompt_tokens: int
    completion_tokens: int


class Failed(EngineMessage):
    """One question without an answer."""

    did: Literal["failed"] = "failed"
    id: int
    permanent: bool
    detail: str


class Status(EngineMessage):
    """How busy the engine is: at most once a second, and only where something changed."""

    did: Literal["status"] = "status"
    running: int
    waiting: int
    kv_cache_usage: float
    preemptions: int
    """Since the engine began."""
    prefix_cache_hit_ratio: float | None


class Dead(EngineMessage):
    """The engine is gone, and so is every answer to come."""

    did: Literal["dead"] = "dead"


class FromEngine(EngineMessage):
    """Anything that the engine process says."""

    body: Annotated[
        Loaded | Unloadable | Answered | Failed | Status | Dead, Field(discriminator="did")
    ]
