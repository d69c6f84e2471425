"""Three ways to fit a mapping to raw scores and labels."""

from __future__ import annotations

import math

import numpy as np

from worker.calibration.sample import Labels, Values
from worker.domain.score_mapping import (
    EPSILON,
    Isotonic,
    Method,
    Platt,
    ScoreMapping,
    Temperature,
)

COOLEST, HOTTEST = 0.01, 100.0
"""Temperatures tried. Beyond a hundredfold in either direction a score is a step or a constant."""

DIGITS = 6
"""Significant digits of a parameter: more than any set pins down, and few enough that the same
scores give the same calibration on another machine."""


class Unfit(Exception):
    """Scores that cannot be calibrated; the text says why."""


def fit_mapping(method: Method, raw: Values, fake: Labels) -> Temperature | Platt | Isotonic:
    """Fit one mapping. Both classes must be there. Raises ``Unfit``."""
    if method is Method.TEMPERATURE:
        return _temperature(raw, fake)
    if method is Method.PLATT:
        return _platt(raw, fake)
    return _isotonic(raw, fake)


def apply_all(mapping: ScoreMapping, raw: Values) -> Values:
    """Calibrated scores of raw ones, shape ``(items,)``."""
    return np.array([mapping.apply(float(one)) for one in raw], dtype=np.float64)


def _logits(raw: Values) -> Values:
    held = np.clip(raw, EPSILON, 1 - EPSILON)
    return np.asarray(np.log(held) - np.log1p(-held))


def _target_bounds(fake: Labels) -> tuple[float, float]:
    """What a real and a fake item are fitted to: not quite 0 and 1.

    These are Platt's targets (1999): the chance of the other label after n items of this one, by
    Laplace's rule of succession. Without them scores that tell the classes apart without an error
    would be driven to 0 and 1, which a finite set cannot vouch for.
    """
    fakes = int(fake.sum())
    reals = len(fake) - fakes
    return 1 / (reals + 2), 1 - 1 / (fakes + 2)


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def _temperature(raw: Values, fake: Labels) -> Temperature:
    from scipy.optimize import minimize_scalar

    z = _logits(raw)
    low, high = _target_bounds(fake)
    target = np.where(fake, high, low)

    def log_loss(log_t: float) -> float:
        cooled = z / math.exp(log_t)
        return float(np.mean(np.logaddexp(0, cooled) - target * cooled))

    # Convex in 1/T, and so with a single minimum in log T.
    found = minimize_scalar(
        log_loss,
        bounds=(math.log(COOLEST), math.log(HOTTEST)),
        method="bounded",
        options={"xatol": 1e-9},
    )
    return Temperature(temperature=_rounded(math.exp(found.x)))


def _platt(raw: Values, fake: Labels) -> Platt:
    from sklearn.linear_model import LogisticRegression

    z = _logits(raw)
    low, high = _target_bounds(fake)
    target = np.where(fake, high, low)
    # A target between the classes is both of them, by its weight.
    model = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000)
    model.fit(
        np.concatenate([z, z])[:, None],
        np.concatenate([np.ones(len(z)), np.zeros(len(z))]),
        sample_weight=np.concatenate([target, 1 - target]),
    )
    a = _rounded(float(model.coef_[0, 0]))
    if a <= 0:
        raise Unfit(
            "a higher score does not go with more fakes: the slope of Platt's line is not above 0"
        )
    return Platt(a=a, b=_rounded(float(model.intercept_[0])))


def _isotonic(raw: Values, fake: Labels) -> Isotonic:
    from sklearn.isotonic import IsotonicRegression

    low, high = _target_bounds(fake)
    model = IsotonicRegression(y_min=low, y_max=high).fit(raw, fake.astype(np.float64))
    return Isotonic(
        x=tuple(float(x) for x in model.X_thresholds_),
        y=tuple(_rounded(float(y)) for y in model.y_thresholds_),
    )
