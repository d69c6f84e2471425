"""A fitted mapping of scores, and everything that says for what it holds."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from typing import Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from worker.domain.answer import ModelIdentity, ScoreKind
from worker.domain.score_mapping import AnyMapping, Method

ID_LENGTH = 16
"""Hexadecimal digits of a ``calibration_id``: 64 bits, for the few hundreds ever fitted."""

KINDS = (ScoreKind.LABEL_LOGPROBS, ScoreKind.FORCED_CONCLUSION, ScoreKind.VERDICT_FIRST)
"""Kinds of score that can be calibrated: those that are read from log probabilities."""

BINS = 15
"""Bins of the calibration error, as in Guo et al., 2017."""


class Part(BaseModel):
    """A group of fields of a calibration."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Quality(Part):
    """How good scores are as probabilities. Less is better, except for the AUC."""

    log_loss: float = Field(description="Mean of -ln P(what it was).")
    brier: float = Field(ge=0, le=1, description="Mean squared distance to what it was.")
    ece: float = Field(
        ge=0,
        le=1,
        description=f"Expected calibration error: over {BINS} bins of equally many items, the mean"
        " distance of mean score and share of fakes, weighted by items (Naeini et al., 2015, with"
        " the equal-mass bins of Nguyen & O'Connor, 2015; equal scores share a bin). Not 0 even"
        " for perfect scores: some of it is chance, and more so in a small set.",
    )
    auc: float = Field(
        ge=0,
        le=1,
        description="Share of pairs of a fake and a real one that are in order, as a mean over the"
        " folds: scores by different mappings make no common ranking (Forman & Scholz, 2010).",
    )


class FittedOn(Part):
    """The labelled set behind a calibration."""

    name: str = Field(max_length=200, description="Name of the set.")
    real: int = Field(ge=1, description="Scores of authentic media.")
    fake: int = Field(ge=1, description="Scores of AI-generated media.")
    fitted_at: AwareDatetime


class Evaluation(Part):
    """Before and after, out of fold: each item's score is by a mapping that has not seen it."""

    folds: int = Field(ge=2, description="Stratified folds.")
    seed: int = Field(description="Seed of the folds.")
    raw: Quality
    calibrated: Quality


class Calibration(Part):
    """One fitted mapping, and everything that says for what it holds."""

    calibration_id: str = Field(description="Hash of the mapping, its model and its set.")
    score_kind: ScoreKind = Field(description="Kind of the scores that it is for.")
    model: ModelIdentity = Field(
        description="The model that it is for; the engine is recorded and not compared."
    )
    mapping: AnyMapping
    fitted_on: FittedOn
    evaluation: Evaluation

    @classmethod
    def of(
        cls,
        *,
        score_kind: ScoreKind,
        model: ModelIdentity,
        mapping: AnyMapping,
        fitted_on: FittedOn,
        evaluation: Evaluation,
    ) -> Self:
        """A calibration with its id computed here."""
        return cls(
            calibration_id=_id(score_kind, model, mapping, fitted_on),
            score_kind=score_kind,
            model=model,
            mapping=mapping,
            fitted_on=fitted_on,
            evaluation=evaluation,
        )

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.score_kind not in KINDS:
            raise ValueError(f"score_kind must be one of {', '.join(KINDS)}")
        if self.calibration_id != _id(self.score_kind, self.model, self.mapping, self.fitted_on):
            raise ValueError(
                "calibration_id is not that of the content, which was changed after it was fitted"
            )
        return self

    @property
    def method(self) -> Method:
        """The family of the mapping."""
        return self.mapping.method

    def apply(self, raw: float) -> float:
        """The calibrated score of a raw one: never decreases in it, and is never quite 0 or 1.

        Raises ``ValueError`` for what is no probability.
        """
        return self.mapping.apply(raw)

    def fits(self, identity: ModelIdentity, kind: ScoreKind) -> bool:
        """Whether it may be applied to scores of this kind by this model.

        Everything that makes a score counts, but for the engine: its next version moves scores a
        little, and must not end every calibration without a word. Fit again to see how much.
        """
        return self.score_kind is kind and calibrated_part(self.model) == calibrated_part(identity)


@lru_cache(maxsize=64)
def calibrated_part(model: ModelIdentity) -> ModelIdentity:
    """What a calibration compares: all of the identity but engine and procedure.

    How a video is cut or when a cascade thinks changes which questions are asked, not what a score
    of one kind means.
    """
    return model.model_copy(update={"engine": "", "procedure_version": ""})


def _id(
    kind: ScoreKind,
    model: ModelIdentity,
    mapping: AnyMapping,
    fitted_on: FittedOn,
) -> str:
    """What it does, to what, and by which evidence. Fitted again from the same, it is the same."""
    content = {
        "score_kind": kind.value,
        # A field that the identity gains one day must not undo what was fitted before it.
        "model": model.model_dump(mode="json", exclude_defaults=True),
        "mapping": mapping.model_dump(mode="json"),
        "fitted_on": fitted_on.model_dump(mode="json", exclude={"fitted_at"}),
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:ID_LENGTH]


class Calibrations(Part):
    """Several calibrations: one for each model and kind of score at most."""

    schema_version: Literal["1"] = "1"
    calibrations: tuple[Calibration, ...] = ()

    @model_validator(mode="after")
    def _one_each(self) -> Self:
        for number, one in enumerate(self.calibrations):
            if any(one.fits(other.model, other.score_kind) for other in self.calibrations[:number]):
                raise ValueError(
                    f"two calibrations are for {one.score_kind} of the same {one.model.id}"
                )
        return self

    def find(self, identity: ModelIdentity, kind: ScoreKind) -> Calibration | None:
        """The one that fits, if there is one."""
        return next((one for one in self.calibrations if one.fits(identity, kind)), None)

    def having(self, calibration: Calibration) -> Calibrations:
        """With this one added, in the place of any that it supersedes."""
        others = [
            one
            for one in self.calibrations
            if not one.fits(calibration.model, calibration.score_kind)
        ]
        return Calibrations(calibrations=(*others, calibration))
