"""Mappings that keep the order of scores, and calibrations that know what they are for."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.support.factories import NOON, make_identity
from worker.domain.answer import ScoreKind
from worker.domain.calibration import (
    Calibration,
    Calibrations,
    Evaluation,
    FittedOn,
    Quality,
)
from worker.domain.score_mapping import (
    EPSILON,
    AnyMapping,
    Isotonic,
    Platt,
    ScoreMapping,
    Temperature,
    logit,
)

QUALITY = Quality(log_loss=0.5, brier=0.2, ece=0.1, auc=0.8)
ROUNDING = 1e-12
"""Two scores a last bit apart may come out a last bit apart the other way."""


def make_calibration(
    mapping: AnyMapping | None = None,
    kind: ScoreKind = ScoreKind.LABEL_LOGPROBS,
    **of_the_model: Any,
) -> Calibration:
    return Calibration.of(
        score_kind=kind,
        model=make_identity(**of_the_model),
        mapping=mapping or Temperature(temperature=3.0),
        fitted_on=FittedOn(name="set", real=300, fake=200, fitted_at=NOON),
        evaluation=Evaluation(folds=5, seed=0, raw=QUALITY, calibrated=QUALITY),
    )


probabilities = st.floats(0, 1)
finite = st.floats(-20, 20)


@st.composite
def isotonics(draw: st.DrawFn) -> Isotonic:
    x = sorted(draw(st.sets(probabilities, min_size=1, max_size=20)))
    y = sorted(draw(st.lists(probabilities, min_size=len(x), max_size=len(x))))
    return Isotonic(x=tuple(x), y=tuple(y))


mappings = st.one_of(
    st.builds(Temperature, temperature=st.floats(0.01, 100)),
    st.builds(Platt, a=st.floats(0.001, 100), b=finite),
    isotonics(),
)


@given(mappings, probabilities, probabilities)
def test_a_mapping_keeps_the_order_and_stays_off_0_and_1(
    mapping: ScoreMapping, one: float, other: float
) -> None:
    low, high = sorted((one, other))
    at_low, at_high = mapping.apply(low), mapping.apply(high)
    assert EPSILON <= at_low <= at_high + ROUNDING
    assert at_high <= 1 - EPSILON


@given(mappings)
def test_a_calibration_comes_whole_through_its_json(mapping: AnyMapping) -> None:
    calibration = make_calibration(mapping)
    assert Calibration.model_validate_json(calibration.model_dump_json()) == calibration


def test_a_temperature_divides_the_logit() -> None:
    assert Temperature(temperature=2.0).apply(0.9) == pytest.approx(0.75)  # odds 9 to 3
    assert Temperature(temperature=2.0).apply(0.5) == 0.5


def test_platts_line_is_on_the_logit() -> None:
    b = math.log(3)
    assert Platt(a=1.0, b=b).apply(0.5) == pytest.approx(0.75)
    assert Platt(a=0.5, b=b).apply(0.9) == pytest.approx(0.9)  # odds 9 to 3 times 3


def test_isotonic_runs_straight_between_its_knots_and_level_beyond() -> None:
    mapping = Isotonic(x=(0.2, 0.4, 0.8), y=(0.1, 0.5, 0.5))
    found = [mapping.apply(x) for x in (0.0, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)]
    assert found == pytest.approx([0.1, 0.1, 0.3, 0.5, 0.5, 0.5, 0.5])


def test_the_logit_is_finite_where_logits_saturate() -> None:
    assert logit(0.0) == pytest.approx(-logit(1.0))
    assert logit(1.0) == logit(1 - EPSILON) == pytest.approx(13.8155, abs=1e-4)


@pytest.mark.parametrize("raw", [-0.1, 1.1, math.nan, math.inf])
def test_what_is_no_probability_is_refused(raw: float) -> None:
    with pytest.raises(ValueError, match="lies in"):
        make_calibration().apply(raw)


@pytest.mark.parametrize(
    ("mapping", "data"),
    [
        (Temperature, {"temperature": 0.0}),
        (Temperature, {"temperature": math.inf}),
        (Platt, {"a": -1.0, "b": 0.0}),
        (Platt, {"a": 1.0, "b": math.nan}),
        (Isotonic, {"x": [], "y": []}),
        (Isotonic, {"x": [0.1, 0.2], "y": [0.1]}),
        (Isotonic, {"x": [0.2, 0.1], "y": [0.1, 0.2]}),
        (Isotonic, {"x": [0.1, 0.1], "y": [0.1, 0.2]}),
        (Isotonic, {"x": [0.1, 0.2], "y": [0.2, 0.1]}),
        (Isotonic, {"x": [0.1, 0.2], "y": [0.2, 1.1]}),
    ],
)
def test_a_mapping_that_is_none_is_refused(
    mapping: type[ScoreMapping], data: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError):
        mapping.model_validate(data)


@pytest.mark.parametrize(
    "part",
    ["id", "revision", "prompt_version", "preprocessing_version", "sampling_version"],
)
def test_it_fits_no_other_model(part: str) -> None:
    calibration = make_calibration()
    assert calibration.fits(make_identity(), ScoreKind.LABEL_LOGPROBS)
    assert not calibration.fits(make_identity(**{part: "other"}), ScoreKind.LABEL_LOGPROBS)


def test_it_fits_any_engine_and_no_other_kind() -> None:
    calibration = make_calibration()
    assert calibration.fits(make_identity(engine="vllm 99"), ScoreKind.LABEL_LOGPROBS)
    for kind in set(ScoreKind) - {ScoreKind.LABEL_LOGPROBS}:
        assert not calibration.fits(make_identity(), kind)


def test_the_id_tells_what_it_does_to_what_and_by_which_evidence() -> None:
    one = make_calibration()
    ids = {
        one.calibration_id,
        make_calibration(Temperature(temperature=3.1)).calibration_id,
        make_calibration(kind=ScoreKind.VERDICT_FIRST).calibration_id,
        make_calibration(revision="r2").calibration_id,
    }
    assert len(ids) == 4
    later = one.fitted_on.model_copy(update={"fitted_at": NOON.replace(year=2027)})
    again = Calibration.of(
        score_kind=one.score_kind,
        model=one.model,
        mapping=one.mapping,
        fitted_on=later,
        evaluation=one.evaluation,
    )
    assert again.calibration_id == one.calibration_id


def test_one_that_was_changed_afterwards_is_refused() -> None:
    data = make_calibration().model_dump(mode="json")
    data["mapping"]["temperature"] = 1.0
    with pytest.raises(ValidationError, match="changed after it was fitted"):
        Calibration.model_validate(data)


@pytest.mark.parametrize("kind", [ScoreKind.HUMAN, ScoreKind.NONE])
def test_only_what_is_read_from_log_probabilities_is_calibrated(kind: ScoreKind) -> None:
    with pytest.raises(ValidationError, match="score_kind must be one of"):
        make_calibration(kind=kind)


def test_the_one_that_fits_is_found_among_several() -> None:
    think, verdict = make_calibration(), make_calibration(kind=ScoreKind.VERDICT_FIRST)
    other = make_calibration(id="other/model")
    several = Calibrations(calibrations=(think, verdict, other))
    assert several.find(make_identity(), ScoreKind.VERDICT_FIRST) == verdict
    assert several.find(make_identity(engine="new"), ScoreKind.LABEL_LOGPROBS) == think
    assert several.find(make_identity(), ScoreKind.FORCED_CONCLUSION) is None
    assert several.find(make_identity(id="third"), ScoreKind.LABEL_LOGPROBS) is None


def test_a_new_one_supersedes_the_old_one_and_no_other() -> None:
    old, kept = make_calibration(), make_calibration(kind=ScoreKind.VERDICT_FIRST)
    new = make_calibration(Temperature(temperature=2.0), engine="newer")
    after = Calibrations(calibrations=(old, kept)).having(new)
    assert after.calibrations == (kept, new)


def test_two_for_the_same_scores_are_refused() -> None:
    with pytest.raises(ValidationError, match="two calibrations are for label_logprobs"):
        Calibrations(
            calibrations=(make_calibration(), make_calibration(Temperature(temperature=2.0)))
        )
