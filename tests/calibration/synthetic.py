"""Scores whose miscalibration is known, because it was put there."""

from __future__ import annotations

import numpy as np

from tests.support.factories import make_identity
from worker.calibration.sample import Labels, Sample, Values
from worker.domain.answer import ScoreKind


def make_sample(raw: Values, fake: Labels) -> Sample:
    """A sample of a made-up model."""
    return Sample("synthetic", ScoreKind.LABEL_LOGPROBS, make_identity(), raw, fake)


def drawn(
    items: int, *, a: float = 1.0, b: float = 0.0, spread: float = 4.0, seed: int = 1
) -> Sample:
    """Raw scores whose right mapping is ``sigmoid(a * logit(raw) + b)``.

    Logits are normal; each label is drawn with the probability that is right for its score.
    """
    rng = np.random.default_rng(seed)
    z = rng.normal(0, spread, items)
    return make_sample(_sigmoid(z), rng.random(items) < _sigmoid(a * z + b))


def stepped(items: int, seed: int = 1) -> Sample:
    """Raw scores with two steps in what is right for them: no line on the logit fits these."""
    rng = np.random.default_rng(seed)
    raw = rng.random(items)
    right = np.select([raw < 0.1, raw < 0.9], [0.02, 0.5], 0.98)
    return make_sample(raw, rng.random(items) < right)


def _sigmoid(z: Values) -> Values:
    return np.asarray(1 / (1 + np.exp(-z)))
