"""What a judge answers: four marks, or nothing that counts."""

from __future__ import annotations

import json
import re
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

FENCED = re.compile(r"```(?:json)?\s*(\{.*?\})\s*```", re.DOTALL | re.IGNORECASE)

LEAST, MOST = 1, 5


class MarksUnreadable(Exception):
    """An answer without four marks; the text says what is wrong with it."""


class Marks(BaseModel):
    """From 1 to 5. Named as the paper's columns are (Com, Rel, Det, Exp)."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    completeness: int = Field(ge=LEAST, le=MOST)
    relevance: int = Field(ge=LEAST, le=MOST)
    level_of_detail: int = Field(ge=LEAST, le=MOST)
    explanation: int = Field(ge=LEAST, le=MOST)

    @classmethod
    def read(cls, text: str) -> Self:
        """All of the answer is a JSON object, or the one in a fence is. Raises ``MarksUnreadable``.

        Nothing is mended and nothing guessed: a mark that is missing, broken or out of bounds is no
        mark, and an answer with two different objects says nothing.
        """
        found = _object(text)
        try:
            return cls.model_validate(found)
        except ValidationError as error:
            fault = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in fault["loc"])
            raise MarksUnreadable(f"{where}: {fault['msg']}"[:200]) from error


def _object(text: str) -> Any:
    fenced = set(FENCED.findall(text))
    if len(fenced) > 1:
        raise MarksUnreadable("the answer has several different objects")
    try:
        found = json.loads(fenced.pop() if fenced else text.strip())
    except (json.JSONDecodeError, RecursionError) as error:
        raise MarksUnreadable("the answer is no JSON object") from error
    if not isinstance(found, dict):
        raise MarksUnreadable("the answer is no JSON object")
    return found
