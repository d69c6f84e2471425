"""A baseline that was fitted: a linear model of each kind of media, and what it was fitted to."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import Any, Self

import numpy as np
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from worker.calibration.atomic import write_whole
from worker.calibration.sample import Labels
from worker.domain.media import MediaKind
from worker.evaluation.baselines.features import Features

FEWEST = 20
"""Media of each label that a linear model is fitted to."""

FOLDS = 5

STRENGTHS = (0.001, 0.01, 0.1, 1.0, 10.0)
"""Of the regularisation (scikit-learn's C): the one with the best AUC across the folds is taken."""

REVISION = 16


class FitInvalid(Exception):
    """A fitted baseline cannot be made or used; the text says why."""


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Linear(_Kept):
    """P(fake) = logistic(weights . (features - mean) / scale + intercept)."""

    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float
    strength: float = Field(description="Of the regularisation: scikit-learn's C.")
    auc: float = Field(description=f"On the media fitted to, each out of its fold of {FOLDS}.")
    real: int
    fake: int

    @model_validator(mode="after")
    def _of_one_length(self) -> Self:
        if not len(self.mean) == len(self.scale) == len(self.weights):
            raise ValueError("mean, scale and weights are not of one length")
        return self

    def probability(self, features: Features) -> float:
        """P(fake), never quite 0 or 1."""
        apart = (features - np.array(self.mean)) / np.array(self.scale)
        z = float(apart @ np.array(self.weights)) + self.intercept
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, z))))


class EncoderUsed(_Kept):
    """An image encoder, and where it lay."""

    folder: str
    weights: str


class Fit(_Kept):
    """One baseline, as JSON: no code is in it."""

    baseline: str
    features: str = Field(description="Version of its features.")
    encoder: EncoderUsed | None = None
    parts: dict[MediaKind, Linear] = Field(min_length=1)
    set_name: str
    left_out: tuple[str, ...] = Field(description="Generators that were not fitted to.")
    contents: tuple[str, ...] = Field(
        description="SHA-256 of each media fitted to, or seen for it."
    )
    made_at: AwareDatetime
    made_by: str

    @property
    def revision(self) -> str:
        """Of all that changes an answer."""
        told = self.model_dump_json(include={"baseline", "features", "encoder", "parts"})
        return hashlib.sha256(told.encode()).hexdigest()[:REVISION]

    def save(self, path: Path) -> None:
        """Whole or not at all. Raises ``OSError``."""
        write_whole(path, (self.model_dump_json(indent=1) + "\n").encode())


def load_fit(path: Path) -> Fit:
    """Raises ``FitInvalid``."""
    try:
        return Fit.model_validate_json(path.read_bytes())
    except OSError as error:
        raise FitInvalid(
            f"--detector: there is no readable file {path}: `ivy-worker eval fit` makes one"
        ) from error
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise FitInvalid(f"--detector: {path}: {where}: {fault['msg']}") from error


def fit_linear(features: Features, fake: Labels, seed: int) -> Linear:
    """A logistic regression with both labels weighing the same.

    ``features`` has the shape ``(media, features)``. Raises ``FitInvalid`` for too few media.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    counts = int((~fake).sum()), int(fake.sum())
    if min(counts) < FEWEST:
        raise FitInvalid(
            f"{counts[0]} real and {counts[1]} fake: of each label {FEWEST} are needed"
        )

    def model(strength: float) -> Any:
        return make_pipeline(
            StandardScaler(),
            LogisticRegression(C=strength, class_weight="balanced", max_iter=5000),
        )

    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    tried = {}
    for strength in STRENGTHS:
        said = cross_val_predict(
            model(strength), features, fake, cv=folds, method="decision_function"
        )
        tried[strength] = float(roc_auc_score(fake, said))
    best = max(STRENGTHS, key=lambda strength: tried[strength])
    scaler, regression = (step for _, step in model(best).fit(features, fake).steps)
    return Linear(
        mean=tuple(scaler.mean_.tolist()),
        scale=tuple(scaler.scale_.tolist()),
        weights=tuple(regression.coef_[0].tolist()),
        intercept=float(regression.intercept_[0]),
        strength=best,
        auc=round(tried[best], 6),
        real=counts[0],
        fake=counts[1],
    )
