"""What a judge said of a run's outcomes, in the run's folder: ``judge/``.

``judge.json`` says who judged, ``marks.jsonl`` has a line for each outcome.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from worker.calibration.atomic import write_whole
from worker.domain.generation import AnswerForm
from worker.evaluation.columns import Column
from worker.evaluation.journal import Journal
from worker.evaluation.judge.marks import Marks
from worker.evaluation.manifest import RunInvalid
from worker.evaluation.outcome import Key, Outcome

FOLDER, JUDGE, MARKS = "judge", "judge.json", "marks.jsonl"

MAX_LINE = 64 * 1024

MAX_TEXT = 2_000
"""Characters of an answer that are kept, to see why it could not be read."""


class Judge(BaseModel):
    """Who judges, and how it is asked: marks of two are never put together."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str
    prompt: str = Field(description="Version of the question.")
    format: str = Field(description="How the server was told to answer.")


class Judged(BaseModel):
    """One outcome: marks, or why there are none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    variant: str
    form: AnswerForm
    correct: bool = Field(description="Whether the verdict that was explained is right.")
    marks: Marks | None
    failure: str | None = None
    text: str = Field(description="What the judge wrote, cut. Untrusted text.")
    prompt_tokens: int = 0
    completion_tokens: int = 0

    @classmethod
    def of(cls, outcome: Outcome, text: str, marks: Marks | None, failure: str | None) -> Self:
        """What came of one."""
        return cls(
            path=outcome.path,
            variant=outcome.variant,
            form=outcome.form,
            correct=outcome.correct,
            marks=marks,
            failure=failure,
            text=text[:MAX_TEXT],
        )

    @property
    def key(self) -> Key:
        """The outcome's."""
        return self.path, self.variant, self.form


class Ledger:
    """Of one run and one judge."""

    def __init__(self, run: Path) -> None:
        self._folder = run / FOLDER

    def judge(self) -> Judge | None:
        """Who judged so far. Raises ``RunInvalid``."""
        try:
            return Judge.model_validate_json((self._folder / JUDGE).read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            raise RunInvalid(f"{self._folder / JUDGE} cannot be read") from error

    def begin(self, judge: Judge) -> None:
        """Raises ``RunInvalid`` where another one judged, and ``OSError``."""
        before = self.judge()
        if before is not None and before != judge:
            raise RunInvalid(
                f"{self._folder} has marks by {_named(before)}, and now it is {_named(judge)}:"
                " marks of two judges are not put together; move the folder away to begin anew"
            )
        self._folder.mkdir(exist_ok=True)
        if before is None:
            write_whole(self._folder / JUDGE, judge.model_dump_json(indent=2).encode() + b"\n")

    def read(self) -> dict[Key, Judged]:
        """The last line about each outcome counts; a torn last line is passed over.

        Raises ``RunInvalid``.
        """
        return {one.key: one for one in self._lines()}

    def _lines(self) -> Iterator[Judged]:
        file = self._folder / MARKS
        number = 0
        try:
            with file.open("rb") as lines:
                while line := lines.readline(MAX_LINE):
                    number += 1
                    if line.endswith(b"\n"):
                        yield Judged.model_validate_json(line)
        except FileNotFoundError:
            return
        except (OSError, ValidationError) as error:
            raise RunInvalid(
                f"{file}, line {number}, cannot be read: take it out, and it is judged again"
            ) from error

    def journal(self) -> Journal:
        """To write lines to. Raises ``RunInvalid`` while another process does."""
        return Journal(self._folder, MARKS)


def columns_of(judged: dict[Key, Judged]) -> dict[str, Column]:
    """A column for each mark."""
    marked = {key: one.marks for key, one in judged.items() if one.marks is not None}
    if not marked:
        return {}
    return {
        name: {key: float(getattr(marks, name)) for key, marks in marked.items()}
        for name in Marks.model_fields
    }


def _named(judge: Judge) -> str:
    return f"{judge.model} ({judge.prompt}, {judge.format})"
