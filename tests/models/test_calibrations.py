"""Calibrations that ship are for the model that ships."""

from __future__ import annotations

from pathlib import Path

import pytest

from worker.calibration.file import load_calibrations
from worker.domain.answer import ModelIdentity, ScoreKind
from worker.domain.recipe import PIXELS_VERSION
from worker.models.spec import load_spec, shipped, version_of
from worker.models.weights import find_weights

SPEC = load_spec("tiny")


def identity() -> ModelIdentity:
    return ModelIdentity(
        id=SPEC.id,
        revision=find_weights(SPEC).revision,
        prompt_version=version_of(SPEC.prompt),
        preprocessing_version=f"{PIXELS_VERSION}-{version_of(SPEC.recipe)}",
        sampling_version=version_of(SPEC.sampling, SPEC.labels),
        engine="any",
    )


@pytest.mark.parametrize("kind", [ScoreKind.LABEL_LOGPROBS, ScoreKind.VERDICT_FIRST])
def test_the_tiny_checkpoints_fit_it(kind: ScoreKind) -> None:
    """After a change of checkpoint, prompt or recipe: ``make tiny-checkpoint``."""
    assert SPEC.calibrations_file is not None
    found = load_calibrations(SPEC.calibrations_file).find(identity(), kind)
    assert found is not None
    assert "label" in found.fitted_on.name
    assert found.evaluation.calibrated.log_loss < found.evaluation.raw.log_loss


@pytest.mark.parametrize("name", shipped())
def test_a_spec_that_names_calibrations_has_them(name: str) -> None:
    file = load_spec(name).calibrations_file
    if file is not None:
        assert isinstance(file, Path)
        assert load_calibrations(file).calibrations
