"""Outcomes as they come: JSON Lines that only grow, and lose no more than the last batch."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import BaseModel, ValidationError

from worker.evaluation.manifest import RunInvalid
from worker.evaluation.outcome import Outcome

NAME = "outcomes.jsonl"

MAX_LINE = 8 * 1024 * 1024
"""Longest line in bytes: a gold reasoning of a megabyte at most, an answer of 2,048 tokens, and
each character six bytes long in JSON's escapes."""

CHUNK = 1 << 16


def read_outcomes(folder: Path) -> Iterator[Outcome]:
    """Every outcome of a run. A last line that was torn by a crash is passed over.

    Raises ``RunInvalid`` that names the line for any other one.
    """
    file = folder / NAME
    number = 0
    try:
        with file.open("rb") as lines:
            while line := lines.readline(MAX_LINE + 1):
                number += 1
                if not line.endswith(b"\n"):
                    if len(line) > MAX_LINE:
                        raise RunInvalid(f"{file}, line {number}: over {MAX_LINE} bytes")
                    return
                yield Outcome.model_validate_json(line)
    except FileNotFoundError:
        return
    except OSError as error:
        raise RunInvalid(f"{file} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise RunInvalid(
            f"{file}, line {number}: {where + ': ' if where else ''}{fault['msg']}. Lines are"
            " written by `ivy-worker eval run` alone; take the line out to have it asked again"
        ) from error


class Journal:
    """The file open at its end. What was appended is on the disk when ``append`` returns."""

    def __init__(self, folder: Path, name: str = NAME) -> None:
        """Raises ``RunInvalid`` while another process writes to it."""
        self._file = (folder / name).open("ab+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            raise RunInvalid(
                f"another process is writing to {folder}: wait for it, or name another folder"
            ) from error
        self._drop_torn_line()

    def append(self, lines: Sequence[BaseModel]) -> None:
        """Write a batch and wait for the disk. Raises ``OSError``."""
        if lines:
            self._file.write("".join(one.model_dump_json() + "\n" for one in lines).encode())
            self._file.flush()
            os.fsync(self._file.fileno())

    def _drop_torn_line(self) -> None:
        """End the file behind its last newline."""
        end = self._file.seek(0, os.SEEK_END)
        while end > 0:
            begin = max(0, end - CHUNK)
            self._file.seek(begin)
            found = self._file.read(end - begin).rfind(b"\n")
            if found >= 0:
                end = begin + found + 1
                break
            end = begin
        self._file.truncate(end)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
