"""The model's answer about one content, before any threshold: what the cache keeps."""

from __future__ import annotations

from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from worker.domain.media import MediaFacts
from worker.domain.provenance import Provenance
from worker.domain.typography import TextSeen


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
    VERDICT_FIRST = "verdict_first"
    """The same, but the label word was asked for at once, before any reasoning: off the path that
    the model was trained on, and not to be compared with a score after one."""
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


class ExplanationMode(StrEnum):
    """What an explanation is worth as a reason."""

    PRE = "pre"
    """The model thought first; its score follows from these words."""
    POST_HOC = "post_hoc"
    """The score came first, from another pass: a rationale for reviewers, and not its cause."""
    NONE = "none"
    """The model was not asked for one."""


class Trigger(StrEnum):
    """Why a cascade asked a second time."""

    BAND = "band"
    """The first pass was not sure enough. The second one's score counts."""
    SAMPLE = "sample"
    """Drawn, to watch the agreement. The first one's score counts."""
    FLAGGED = "flagged"
    """To have reasons for a reviewer. The first one's score counts."""


class TwoPasses(BaseModel):
    """Both answers of a cascade, so that their disagreement is not hidden."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    verdict_first: Score
    think_first: Score
    trigger: Trigger
    agree: bool = Field(description="Whether both lie on the same side of 0.5.")


class TextCheck(BaseModel):
    """Text that was seen in the picture, and the score with that text masked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seen: TextSeen
    masked: Score | None = Field(
        default=None, description="Asked with the text masked; null where that was not worth it."
    )


class Stretch(BaseModel):
    """What the model answered about one window of a long video."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start_s: float
    end_s: float
    score: Score
    problem: str | None = None


class ModelIdentity(BaseModel):
    """Everything about the model that changes an answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    revision: str
    prompt_version: str
    preprocessing_version: str
    sampling_version: str
    engine: str = Field(description="Engine and its version, such as `vllm 0.32.0`.")
    procedure_version: str = Field(
        default="", description="Version of how it is asked: windows, one pass or two."
    )


class Answer(BaseModel):
    """The model's answer about one content. Thresholds are applied after, at each read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    conclusion: Conclusion
    explanation: str = Field(description="The model's reasoning. Untrusted text.")
    explanation_mode: ExplanationMode = ExplanationMode.PRE
    score: Score
    problem: str | None = Field(
        default=None, description="Why the answer cannot be taken at its word, if so."
    )
    model: ModelIdentity
    media: MediaFacts
    two_passes: TwoPasses | None = Field(default=None, description="Of a cascade that asked twice.")
    timeline: tuple[Stretch, ...] = Field(
        default=(), description="The windows of a long video; the highest score is the answer's."
    )
    explained_from_s: float = Field(
        default=0.0, ge=0, description="Begin of the window that the explanation is about."
    )
    provenance: Provenance = Field(
        default_factory=Provenance, description="What the file says of its own origin."
    )
    text: TextCheck | None = Field(
        default=None, description="Text in the picture, and what the model said without it."
    )
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
