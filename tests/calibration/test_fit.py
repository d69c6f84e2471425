"""Fitting to scores whose right mapping is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.calibration.synthetic import drawn, make_sample, stepped
from tests.support.factories import NOON
from worker.calibration import extra
from worker.calibration.extra import ExtraMissing
from worker.calibration.fit import MIN_FOR_ISOTONIC, MIN_PER_CLASS, Fitting, fit
from worker.calibration.methods import Unfit, apply_all, fit_mapping
from worker.calibration.sample import Sample
from worker.domain.score_mapping import Isotonic, Method, Platt, Temperature

# Standard errors at these sizes are about 0.1 for T and 0.02 for a and b; four of each are allowed.
MANY = 4000


def fitted(sample: Sample, method: Method | None = None, seed: int = 0) -> Fitting:
    return fit(sample, now=NOON, method=method, seed=seed)


@pytest.mark.parametrize("right", [0.5, 1.0, 3.0])
def test_the_temperature_is_recovered(right: float) -> None:
    mapping = fit_mapping(Method.TEMPERATURE, *_arrays(drawn(MANY, a=1 / right)))
    assert isinstance(mapping, Temperature)
    assert mapping.temperature == pytest.approx(right, rel=0.12)


@pytest.mark.parametrize(("a", "b"), [(1.0, 0.0), (0.3, -1.0), (0.5, 2.0), (2.0, 0.5)])
def test_platts_line_is_recovered(a: float, b: float) -> None:
    mapping = fit_mapping(Method.PLATT, *_arrays(drawn(MANY, a=a, b=b, spread=2.0)))
    assert isinstance(mapping, Platt)
    assert mapping.a == pytest.approx(a, rel=0.12)
    assert mapping.b == pytest.approx(b, abs=0.2)


def test_isotonic_finds_the_steps() -> None:
    mapping = fit_mapping(Method.ISOTONIC, *_arrays(stepped(MANY)))
    for raw, right in ((0.05, 0.02), (0.5, 0.5), (0.95, 0.98)):
        assert mapping.apply(raw) == pytest.approx(right, abs=0.05)


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(Method),
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=2, max_size=60),
)
def test_whatever_is_fitted_never_decreases(
    method: Method, items: list[tuple[float, bool]]
) -> None:
    raw = np.array([score for score, _ in items] + [0.0, 1.0])
    fake = np.array([label for _, label in items] + [False, True])
    try:
        mapping = fit_mapping(method, raw, fake)
    except Unfit:
        return
    out = apply_all(mapping, np.linspace(0, 1, 101))
    assert (np.diff(out) >= -1e-12).all()
    assert ((out > 0) & (out < 1)).all()


def test_over_confident_scores_keep_their_word_afterwards() -> None:
    evaluation = fitted(drawn(MANY, a=1 / 3)).calibration.evaluation
    assert evaluation.raw.ece > 0.1
    assert evaluation.calibrated.ece < 0.03
    assert evaluation.calibrated.log_loss < evaluation.raw.log_loss - 0.1
    assert evaluation.calibrated.brier < evaluation.raw.brier
    assert evaluation.calibrated.auc == pytest.approx(evaluation.raw.auc, abs=0.01)


def test_the_method_with_the_least_loss_on_items_not_seen_is_chosen() -> None:
    for sample, right in (
        (drawn(MANY, a=0.4, b=1.0), Method.PLATT),
        (stepped(MANY), Method.ISOTONIC),
    ):
        found = fitted(sample)
        losses = {method: quality.log_loss for method, quality in found.compared.items()}
        assert found.calibration.method is right
        assert (
            min(losses.values())
            == losses[right]
            == found.calibration.evaluation.calibrated.log_loss
        )


def test_isotonic_is_not_tried_on_a_small_set_unless_asked_for() -> None:
    small = stepped(MIN_FOR_ISOTONIC - 1)
    assert set(fitted(small).compared) == {Method.TEMPERATURE, Method.PLATT}
    assert set(fitted(stepped(MIN_FOR_ISOTONIC)).compared) == set(Method)
    assert fitted(small, Method.ISOTONIC).calibration.method is Method.ISOTONIC


def test_good_scores_gain_nothing_and_it_is_said() -> None:
    evaluation = fitted(drawn(300, a=1.0)).calibration.evaluation
    assert evaluation.calibrated.ece < 0.15
    assert fitted(drawn(MANY, a=1 / 3)).improves
    assert not fitted(drawn(300, a=1.0, seed=3), Method.ISOTONIC).improves


def test_the_same_scores_and_seed_give_the_same_calibration() -> None:
    sample = drawn(400, a=0.5)
    one, again, otherwise = fitted(sample), fitted(sample), fitted(sample, seed=1)
    assert one.calibration == again.calibration
    assert one.calibration.evaluation != otherwise.calibration.evaluation


def test_scores_without_an_error_are_not_driven_to_0_and_1() -> None:
    raw = np.concatenate([np.linspace(0.01, 0.3, 50), np.linspace(0.7, 0.99, 50)])
    sample = make_sample(raw, raw > 0.5)
    temperature = fitted(sample, Method.TEMPERATURE).calibration.mapping
    assert isinstance(temperature, Temperature)
    assert temperature.temperature > 0.2  # without Platt's targets it runs to the coolest allowed
    platt = fitted(sample, Method.PLATT).calibration.mapping
    assert isinstance(platt, Platt)
    assert platt.a < 5
    isotonic = fitted(sample, Method.ISOTONIC).calibration.mapping
    assert isinstance(isotonic, Isotonic)
    assert max(isotonic.y) == pytest.approx(1 - 1 / 52, abs=1e-6)  # Laplace: (50 + 1) / (50 + 2)


def test_saturated_scores_are_taken() -> None:
    sample = drawn(600, a=0.2, spread=6)
    raw = np.where(sample.raw > 0.99, 1.0, np.where(sample.raw < 0.01, 0.0, sample.raw))
    for method in Method:
        evaluation = fitted(make_sample(raw, sample.fake), method).calibration.evaluation
        assert evaluation.calibrated.log_loss < evaluation.raw.log_loss


@pytest.mark.parametrize(
    ("reals", "fakes", "said"),
    [
        (100, 0, "both classes are needed, and there are 100 real and 0 fake"),
        (0, 100, "both classes"),
        (MIN_PER_CLASS - 1, 500, f"at least {MIN_PER_CLASS} of each class"),
        (500, MIN_PER_CLASS - 1, f"at least {MIN_PER_CLASS} of each class"),
    ],
)
def test_too_few_of_a_class_are_refused(reals: int, fakes: int, said: str) -> None:
    fake = np.arange(reals + fakes) >= reals
    sample = make_sample(np.linspace(0, 1, reals + fakes), fake)
    with pytest.raises(Unfit, match=said):
        fitted(sample)


@pytest.mark.parametrize("method", [None, *Method])
def test_scores_that_tell_nothing_are_refused(method: Method | None) -> None:
    sample = drawn(500, a=0.0)
    with pytest.raises(Unfit, match="do not rank fakes above real ones"):
        fitted(sample, method)
    turned = drawn(500, a=-1.0)
    with pytest.raises(Unfit, match=r"AUC 0\.0"):
        fitted(turned, method)
    with pytest.raises(Unfit, match=r"AUC 0\.500"):
        fitted(make_sample(np.full(500, 0.9), sample.fake), method)


def test_a_line_that_falls_is_no_calibration() -> None:
    sample = drawn(500, a=-1.0)
    with pytest.raises(Unfit, match="slope"):
        fit_mapping(Method.PLATT, sample.raw, sample.fake)


def test_a_missing_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extra, "LIBRARIES", ("sklearn", "no_such_library"))
    with pytest.raises(ExtraMissing, match=r"no_such_library.*pip install '\.\[calibrate\]'"):
        fitted(drawn(100))


def _arrays(sample: Sample) -> tuple[np.ndarray, np.ndarray]:
    return sample.raw, sample.fake
