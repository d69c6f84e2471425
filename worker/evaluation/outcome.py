"""What came of one media and one question: a line of a run."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from worker.domain.answer import Conclusion, ModelIdentity, Score, ScoreKind
from worker.domain.failure import Poison, Reason
from worker.domain.generation import AnswerForm, FinishReason
from worker.domain.media import MediaKind
from worker.evaluation.variant import ORIGINAL
from worker.labelled.items import LabelledItem, Truth
from worker.scoring.asking import Asked

Said = Literal["real", "fake"]

Key = tuple[str, str, AnswerForm]
"""Path, variant and form: of these a run has one outcome."""


class Outcome(BaseModel):
    """One media, one variant of it, one question, and what the model answered."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    set: str = Field(description="Name of the labelled set.")
    path: str = Field(description="The media, as the set knows it.")
    label: Truth
    group: str | None = Field(default=None, description="Its generator or source.")
    gold_reasoning: str | None = Field(
        default=None, description="What the set's annotator wrote of it, for the explanation."
    )
    kind: MediaKind | None = Field(
        description="As the decoder found it, whatever the file's name; null where it found none."
    )
    width: int | None = Field(default=None, gt=0, description="Of the source, in pixels.")
    height: int | None = Field(default=None, gt=0, description="Of the source, in pixels.")
    duration_s: float | None = Field(default=None, ge=0)
    mime: str | None = Field(default=None, description="Media type found in the bytes.")
    codec: str | None = Field(default=None, description="Of a video, as FFmpeg names it.")
    frames: int | None = Field(default=None, gt=0, description="Of the source.")
    bytes: int | None = Field(default=None, ge=0, description="Size of the file.")
    sha256: str | None = Field(description="Of the bytes that were decoded.")
    form: AnswerForm
    variant: str = Field(default=ORIGINAL, description="What was done to the media before.")
    text: str = Field(description="All that the model wrote. Untrusted text.")
    conclusion: Said | None = Field(description="Null where the answer has none.")
    forced: bool = Field(default=False, description="The reasoning was cut and the word asked for.")
    score: Score
    problem: str | None = Field(default=None, description="Why it cannot be taken at its word.")
    failure: Reason | None = Field(
        default=None, description="Why the model was not asked at all, or refused the media."
    )
    prompt_tokens: int = Field(default=0, ge=0)
    completion_tokens: int = Field(default=0, ge=0)
    seconds: float = Field(
        ge=0, description="Preparing the media and asking this question, waits included."
    )
    model: ModelIdentity

    @property
    def key(self) -> Key:
        """What tells it from the other outcomes of a run."""
        return self.path, self.variant, self.form

    @property
    def answered(self) -> bool:
        """Whether the model wrote something, readable or not."""
        return self.failure is None

    @property
    def correct(self) -> bool:
        """Whether the word is the label; no word is no."""
        return self.conclusion == self.label.value

    @classmethod
    def of(
        cls,
        item: LabelledItem,
        asked: Asked,
        *,
        set_name: str,
        variant: str,
        sha256: str,
        seconds: float,
    ) -> Self:
        """The label joins an answer that was read without it."""
        answer = asked.answer
        return cls(
            set=set_name,
            path=item.name,
            label=item.label,
            group=item.group,
            gold_reasoning=item.reasoning,
            kind=answer.media.kind,
            width=answer.media.width,
            height=answer.media.height,
            duration_s=answer.media.duration_s,
            mime=answer.media.mime,
            codec=answer.media.codec,
            frames=answer.media.frames,
            bytes=answer.media.bytes,
            sha256=sha256,
            form=asked.generation.form,
            variant=variant,
            text=asked.generation.text,
            conclusion=_word(asked),
            forced=asked.generation.forced,
            score=answer.score,
            problem=answer.problem,
            prompt_tokens=answer.prompt_tokens,
            completion_tokens=answer.completion_tokens,
            seconds=seconds,
            model=answer.model,
        )

    @classmethod
    def failed(
        cls,
        item: LabelledItem,
        failure: Poison,
        *,
        set_name: str,
        variant: str,
        form: AnswerForm,
        seconds: float,
        model: ModelIdentity,
    ) -> Self:
        """A media that no answer will ever come of."""
        return cls(
            set=set_name,
            path=item.name,
            label=item.label,
            group=item.group,
            gold_reasoning=item.reasoning,
            kind=None,
            sha256=None,
            form=form,
            variant=variant,
            text="",
            conclusion=None,
            score=Score(value=None, kind=ScoreKind.NONE),
            problem=failure.detail,
            failure=failure.reason,
            seconds=seconds,
            model=model,
        )


def _word(asked: Asked) -> Said | None:
    """The model's own word. One asked for after it went in circles is not its own."""
    generation = asked.generation
    if generation.forced and generation.finish_reason is not FinishReason.LENGTH:
        return None
    match asked.answer.conclusion:
        case Conclusion.REAL:
            return "real"
        case Conclusion.FAKE:
            return "fake"
        case _:
            return None
