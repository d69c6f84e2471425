"""Raw scores of labelled media, and the file that they are kept in."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from worker.calibration.atomic import write_whole
from worker.domain.answer import ModelIdentity, Score
from worker.domain.generation import AnswerForm
from worker.labelled.items import Truth

MAX_LINE = 64 * 1024
"""Longest line of a file of scores, in characters: a path takes 4,096 at most, the rest little."""


class ScoredItem(BaseModel):
    """The model's answer about one labelled media, as far as a calibration needs it."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    set: str = Field(description="Name of the labelled set.")
    path: str = Field(description="The media, as the set knows it.")
    label: Truth
    group: str | None = None
    sha256: str = Field(description="Hash of the bytes: equal media count once.")
    form: AnswerForm
    score: Score
    problem: str | None = Field(
        default=None, description="Why the answer cannot be taken at its word, if so."
    )
    completion_tokens: int = Field(default=0, ge=0, description="Tokens that the answer took.")
    model: ModelIdentity


class ScoresInvalid(Exception):
    """A file of raw scores cannot be read; the text says where and why."""


def save_scores(scored: Iterable[ScoredItem], path: Path) -> None:
    """Write JSON Lines, whole or not at all. Raises ``OSError``."""
    write_whole(path, "".join(item.model_dump_json() + "\n" for item in scored).encode())


def load_scores(path: Path) -> list[ScoredItem]:
    """Read what ``save_scores`` wrote. Raises ``ScoresInvalid``."""
    found: list[ScoredItem] = []
    try:
        with path.open(encoding="utf-8") as text:
            while line := text.readline(MAX_LINE + 1):
                found.append(ScoredItem.model_validate_json(line))
    except (OSError, UnicodeDecodeError) as error:
        raise ScoresInvalid(f"there is no readable file of scores at {path}") from error
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise ScoresInvalid(
            f"{path}, line {len(found) + 1}: {where + ': ' if where else ''}{fault['msg']}"
        ) from error
    if not found:
        raise ScoresInvalid(f"{path} has no scores")
    return found
