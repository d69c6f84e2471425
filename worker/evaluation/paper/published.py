"""What the paper prints, read from ``published.yaml``."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Self

import yaml
from pydantic import BaseModel, ConfigDict, model_validator


class Published(BaseModel):
    """One table of the paper."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    digits: tuple[int, ...]
    """Behind the point, of each column."""
    scale: int
    blocks: tuple[str, ...]
    columns: tuple[str, ...]
    groups: dict[str, tuple[str, ...]] = {}
    """Names that a column's or a block's generator goes by, in small letters and digits."""
    rows: dict[str, tuple[float | None, ...]]
    notes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _rectangular(self) -> Self:
        if len(self.digits) != len(self.columns):
            raise ValueError("digits and columns are not as many")
        for name, cells in self.rows.items():
            if len(cells) != self.width:
                raise ValueError(f"{name} has {len(cells)} cells, and not {self.width}")
        return self

    @property
    def width(self) -> int:
        """Cells in a row."""
        return len(self.blocks) * len(self.columns)


@cache
def published() -> dict[str, Published]:
    """All tables, by the name of the set."""
    text = files("worker.evaluation.paper").joinpath("published.yaml").read_text("utf-8")
    return {name: Published.model_validate(table) for name, table in yaml.safe_load(text).items()}
