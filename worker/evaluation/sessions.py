"""How long a run took, sitting by sitting: what its cost is worked out from."""

from __future__ import annotations

from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from worker.calibration.atomic import write_whole
from worker.evaluation.manifest import RunInvalid

NAME = "sessions.json"


class Session(BaseModel):
    """From the first question after a model was loaded to the last one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    begun_at: AwareDatetime
    seconds: float = Field(ge=0, description="While questions were asked; loading is not in it.")
    outcomes: int = Field(ge=0, description="Written in that time.")


Sessions = TypeAdapter(tuple[Session, ...])


def load_sessions(folder: Path) -> tuple[Session, ...]:
    """None where there is no such file. Raises ``RunInvalid``."""
    file = folder / NAME
    try:
        return Sessions.validate_json(file.read_bytes())
    except FileNotFoundError:
        return ()
    except (OSError, ValidationError) as error:
        raise RunInvalid(f"{file} cannot be read; without it the run has no cost") from error


def save_sessions(sessions: tuple[Session, ...], folder: Path) -> None:
    """Whole or not at all. Raises ``OSError``."""
    write_whole(folder / NAME, Sessions.dump_json(sessions, indent=2) + b"\n")
