"""A baseline where the harness expects a model: it says a word and how sure it is, no reason."""

from __future__ import annotations

import asyncio
import math
from typing import Protocol

from worker import __version__
from worker.detector.load import EngineLoad
from worker.domain.answer import ModelIdentity
from worker.domain.failure import Poison, Reason
from worker.domain.generation import AnswerForm, FinishReason, Generation, LabelLogprobs
from worker.domain.media import PreparedMedia
from worker.domain.provenance import Indication
from worker.domain.recipe import PIXELS_VERSION, DecodeRecipe, PixelGrid
from worker.evaluation.baselines.features import FeatureSource, TooLittle
from worker.evaluation.baselines.fit import Fit
from worker.models.spec import version_of
from worker.process.shared_memory import map_pixels

NONE = "none"
"""Of a prompt and a sampling that there are not."""


class Scorer(Protocol):
    """From a media to P(fake)."""

    @property
    def name(self) -> str:
        """As a person names the baseline."""
        ...

    @property
    def revision(self) -> str:
        """Another one whenever it may say something else."""
        ...

    @property
    def recipe(self) -> DecodeRecipe:
        """How media must be prepared."""
        ...

    def score(self, media: PreparedMedia) -> float:
        """P(fake), above 0 and below 1. Raises ``Poison`` for what it cannot look at."""
        ...


class Fitted:
    """Features and the linear model that was fitted to them."""

    def __init__(self, source: FeatureSource, fit: Fit) -> None:
        self._source = source
        self._fit = fit
        self.name = source.name
        self.revision = fit.revision
        self.recipe = source.recipe

    def score(self, media: PreparedMedia) -> float:
        """See ``Scorer``."""
        kind = media.facts.kind
        if kind not in self._fit.parts:
            raise Poison(
                Reason.MEDIA_UNSUPPORTED, f"the baseline {self.name} was fitted to no {kind}s"
            )
        try:
            features = self._source.of(map_pixels(media.fd, media.shape))
        except TooLittle as error:
            raise Poison(Reason.MEDIA_UNSUPPORTED, str(error)) from error
        return self._fit.parts[kind].probability(features)


class Unfitted:
    """Features alone, while they are fitted to: only the recipe is asked for."""

    revision = "none"

    def __init__(self, source: FeatureSource) -> None:
        self.name = source.name
        self.recipe = source.recipe

    def score(self, media: PreparedMedia) -> float:  # noqa: ARG002 - a scorer's
        """See ``Scorer``."""
        raise AssertionError("it was not fitted yet")


RANKS = {
    Indication.AI_GENERATED: 0.9,
    Indication.AI_EDITED: 0.8,
    Indication.AI_SUSPECTED: 0.7,
    Indication.CONFLICTING: 0.5,
    Indication.NONE: 0.3,
    Indication.CAPTURED: 0.1,
}
"""Only their order means something. What says nothing is called real, as most uploads are."""

FOR_PEOPLE = PixelGrid(factor=1, min_pixels=1, max_pixels=448 * 448)
"""Nothing looks at the pixels but whoever reads the report."""


class ProvenanceRule:
    """What a file says of its own origin (docs/provenance.md), and not one of its pixels."""

    name = "provenance"
    revision = "1"
    recipe = DecodeRecipe(image=FOR_PEOPLE, video=FOR_PEOPLE)

    def score(self, media: PreparedMedia) -> float:
        """See ``Scorer``."""
        assert media.provenance is not None, "the decoder must read provenance"
        return RANKS[media.provenance.indication]


class BaselineDetector:
    """See ``Detector``. It answers in the form ``verdict_first`` alone."""

    load = EngineLoad()

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer
        self.recipe = scorer.recipe
        self.identity = ModelIdentity(
            id=f"baseline/{scorer.name}",
            revision=scorer.revision,
            prompt_version=NONE,
            preprocessing_version=f"{PIXELS_VERSION}-{version_of(scorer.recipe)}",
            sampling_version=NONE,
            engine=f"ivy-worker {__version__}",
        )

    async def start(self) -> None:
        """Nothing to load that is not loaded."""

    async def generate(
        self,
        media: PreparedMedia,
        *,
        form: AnswerForm = AnswerForm.VERDICT_FIRST,
        priority: int = 0,  # noqa: ARG002 - a detector's
    ) -> Generation:
        """See ``Detector``."""
        assert form is AnswerForm.VERDICT_FIRST, "a baseline has no reasons"
        fake = await asyncio.to_thread(self._scorer.score, media)
        # Half is no word for fake: what nothing speaks for is called real.
        word = "fake" if fake > 1 / 2 else "real"
        return Generation(
            text=f"<conclusion>{word}",
            finish_reason=FinishReason.STOP,
            label_logprobs=LabelLogprobs(
                authentic={"real": math.log1p(-fake)}, ai_generated={"fake": math.log(fake)}
            ),
            form=form,
        )

    async def wait_dead(self) -> None:
        """It does not die by itself."""
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Nothing to unload."""
