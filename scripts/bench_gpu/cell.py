"""A cell of the sweep: one way to run the model, and one figure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from worker.detector.vllm.config import EngineConfig
from worker.domain.generation import AnswerForm
from worker.domain.media import MediaKind
from worker.models.spec import ModelSpec
from worker.sizing.costs import Point


@dataclass(frozen=True, slots=True)
class Cell:
    """What is measured. Cells of one spec and one engine share a start of it."""

    axis: str
    value: str
    spec: ModelSpec
    engine: EngineConfig
    kind: MediaKind
    form: AnswerForm
    in_flight: int
    """Questions in the engine all the time."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of it."""

    cell: Cell
    point: Point | None
    """None where it could not be measured."""
    prompt_tokens: float = 0.0
    completion_tokens: float = 0.0
    """Means of one question."""
    engine: str = ""
    """Name and version, as verdicts carry it."""
    failure: str | None = None

    def as_json(self) -> dict[str, Any]:
        """With all settings that differ from cell to cell."""
        cell, recipe = self.cell, self.cell.spec.recipe
        point = self.point
        return {
            "axis": cell.axis,
            "value": cell.value,
            "kind": cell.kind.value,
            "form": cell.form.value,
            "in_flight": cell.in_flight,
            "engine_settings": cell.engine.model_dump(mode="json"),
            "max_pixels": getattr(recipe, cell.kind.value).max_pixels,
            "max_frames": recipe.sampling.max_frames if cell.kind is MediaKind.VIDEO else None,
            "max_tokens": cell.spec.sampling.max_tokens,
            "point": None if point is None else point.model_dump(),
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "engine": self.engine,
            "failure": self.failure,
        }


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A cell that this machine cannot have."""

    axis: str
    value: str
    because: str

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)
