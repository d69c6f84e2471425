"""The model's answer about one content, before any threshold: what the cache keeps."""

from __future__ import annotations

from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from worker.domain.media import MediaFacts


class Conclusion(StrEnum):
    """The word that the model closed with, read from its text."""

    REAL = "real"
    FAKE = "fake"
    NONE = "none"


class ScoreKind(StrEnum):
    """Where a score comes from, so that nobody mistakes a bare word for a probability."""

    LABEL_LOGPROBS = "label_logprobs"
    """P(fake) from the label words' log probabilities at the verdict position."""
    FORCED_CONCLUSION = "forced_conclusion"
    """The same, but the reasoning was cut at its longest length and the label word then asked for:
    less extreme than what the model would have come to by itself."""
    HUMAN = "human"
    """A person decided: 0 or 1."""
    NONE = "none"
    """The answer gave nothing to score."""


class Score(BaseModel):
    """P(AI-generated), and how far it can be trusted."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: float | None = Field(
        ge=0, le=1, description="P(AI-generated); null where there is none."
    )
    kind: ScoreKind
    mass: float | None = Field(
        default=None,
        ge=0,
        description="Probability the model gave to all label words together. Low: off its path.",
    )


class ModelIdentity(BaseModel):
    """Everything about the model that changes an answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    revision: str
    prompt_version: str
    preprocessing_version: str
    sampling_version: str
    engine: str = Field(description="Engine and its version, such as `vllm 0.32.0`.")


class Answer(BaseModel):
    """The model's answer about one content. Thresholds are applied after, at each read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    conclusion: Conclusion
    explanation: str = Field(description="The model's reasoning. Untrusted text.")
    score: Score
    problem: str | None = Field(
        default=None, description="Why the answer cannot be taken at its word, if so."
    )
    model: ModelIdentity
    media: MediaFacts
    answered_at: AwareDatetime
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Override(BaseModel):
    """A person's decision about a content. It wins over every model."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    conclusion: Conclusion
    decided_by: str
    decided_at: AwareDatetime
    note: str = ""
