"""Baselines by name, and ``--detector baseline:...``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from worker.evaluation.baselines.clip import Clip
from worker.evaluation.baselines.detector import BaselineDetector, Fitted, ProvenanceRule
from worker.evaluation.baselines.features import FeatureSource
from worker.evaluation.baselines.fit import Fit, FitInvalid, load_fit
from worker.evaluation.baselines.image_encoder import ImageEncoder
from worker.evaluation.baselines.residual import Residual
from worker.evaluation.baselines.second_order import SecondOrder

PREFIX = "baseline:"

WITHOUT_ENCODER: dict[str, Callable[[], FeatureSource]] = {"residual": Residual}
WITH_ENCODER: dict[str, Callable[[ImageEncoder], FeatureSource]] = {
    "clip": Clip,
    "d3": SecondOrder,
}

FITTED = (*WITHOUT_ENCODER, *WITH_ENCODER)
"""Those that are fitted to a training part first."""

RANKS_ALONE = (
    "The scores of this baseline are ranks, and no probabilities: Brier score, ECE and reliability"
    " mean nothing. Most files say nothing of their origin, and are called real."
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A baseline that can be run."""

    detector: BaselineDetector
    fit: Fit | None
    """None where nothing is fitted."""
    provenance: bool
    """Whether the decoder must read what files say of their origin."""
    notice: str | None


def source_of(name: str, encoder: Path | None) -> tuple[FeatureSource, ImageEncoder | None]:
    """The features of a baseline. Raises ``FitInvalid`` and ``ImageEncoderUnusable``."""
    if name in WITHOUT_ENCODER:
        return WITHOUT_ENCODER[name](), None
    if name not in WITH_ENCODER:
        raise FitInvalid(f"{name!r} is none of {', '.join(FITTED)}")
    if encoder is None:
        raise FitInvalid(f"{name} looks through an image encoder: name its folder (--encoder)")
    loaded = ImageEncoder(encoder)
    return WITH_ENCODER[name](loaded), loaded


def choose(written: str, encoder: Path | None = None) -> Chosen:
    """``baseline:provenance`` or ``baseline:FILE``, as ``ivy-worker eval fit`` wrote it.

    ``encoder`` is the folder of its image encoder, where it lies no more where it lay. Raises
    ``FitInvalid`` and ``ImageEncoderUnusable``.
    """
    if not written.startswith(PREFIX) or written == PREFIX:
        raise FitInvalid(
            f"--detector: {written!r} is no baseline: baseline:{ProvenanceRule.name}, or"
            f" {PREFIX}FILE as `ivy-worker eval fit` writes it"
        )
    told = written.removeprefix(PREFIX)
    if told == ProvenanceRule.name:
        return Chosen(BaselineDetector(ProvenanceRule()), None, True, RANKS_ALONE)
    if told in FITTED:
        raise FitInvalid(
            f"--detector: {told} must be fitted first: ivy-worker eval fit {told} TRAINING_SET --to"
            f" {told}.json, and then --detector {PREFIX}{told}.json"
        )
    fit = load_fit(Path(told))
    folder = encoder or (Path(fit.encoder.folder) if fit.encoder else None)
    source, loaded = source_of(fit.baseline, folder)
    if source.version != fit.features:
        raise FitInvalid(
            f"--detector: {told} was fitted to features of version {fit.features}, and these are"
            f" {source.version}: fit it anew"
        )
    if loaded is not None and fit.encoder is not None and loaded.weights != fit.encoder.weights:
        raise FitInvalid(
            f"--encoder: {told} was fitted with the weights {fit.encoder.weights}, and those in"
            f" {loaded.folder} are {loaded.weights}"
        )
    return Chosen(BaselineDetector(Fitted(source, fit)), fit, False, None)
