"""What the pipeline asks of a detector."""

from __future__ import annotations

from typing import Protocol

from worker.detector.load import EngineLoad
from worker.domain.answer import ModelIdentity
from worker.domain.generation import AnswerForm, Generation
from worker.domain.media import PreparedMedia
from worker.domain.recipe import DecodeRecipe


class Detector(Protocol):
    """One model behind one engine. Batching is the engine's; many calls run at once."""

    @property
    def identity(self) -> ModelIdentity:
        """All that changes an answer; known once started."""
        ...

    @property
    def recipe(self) -> DecodeRecipe:
        """How media must be prepared for this model."""
        ...

    @property
    def load(self) -> EngineLoad:
        """How busy the engine is. Asks nobody: it waits for nothing."""
        ...

    async def start(self) -> None:
        """Load the model. Raises ``Systemic`` if it does not load."""
        ...

    async def generate(
        self,
        media: PreparedMedia,
        *,
        form: AnswerForm = AnswerForm.THINK_FIRST,
        priority: int = 0,
    ) -> Generation:
        """Ask the model about one media. Lower ``priority`` is served first.

        A generation in the form ``VERDICT_FIRST`` has the text ``<conclusion>word`` (the word is
        one of the label words) and no reasoning.

        Raises ``Poison`` (the engine refuses this input), ``Transient`` (this request failed) or
        ``Systemic`` (the engine is dead: every call raises it from then on).
        """
        ...

    async def wait_dead(self) -> None:
        """Return only when the engine died by itself, so that a worker can end without traffic."""
        ...

    async def close(self) -> None:
        """Unload, and leave no process behind."""
        ...
