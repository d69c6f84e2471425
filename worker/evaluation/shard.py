"""A part of a set, for one of several machines or GPUs."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from worker.labelled.items import LabelledSet

WRITTEN = re.compile(r"(\d{1,6})/(\d{1,6})")


class ShardInvalid(Exception):
    """No such part; the text says what is wrong."""


class Shard(BaseModel):
    """The ``number``-th of ``count`` parts, from 1."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: int = Field(default=1, ge=1)
    count: int = Field(default=1, ge=1)

    @model_validator(mode="after")
    def _within(self) -> Self:
        if self.number > self.count:
            raise ValueError(f"there is no part {self.number} of {self.count}")
        return self

    @classmethod
    def read(cls, written: str) -> Self:
        """``2/8``. Raises ``ShardInvalid``."""
        found = WRITTEN.fullmatch(written)
        if found is None or not 1 <= int(found[1]) <= int(found[2]):
            raise ShardInvalid(f"{written!r} is no shard: the second of eight is written 2/8")
        return cls(number=int(found[1]), count=int(found[2]))

    def part(self, labelled: LabelledSet) -> LabelledSet:
        """Every ``count``-th item: each part has its share of every folder and label."""
        return replace(labelled, items=labelled.items[self.number - 1 :: self.count])

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"
