"""Calibrations in a file: YAML, or JSON where its name says so."""

from __future__ import annotations

import json
from pathlib import Path

import yaml
from pydantic import ValidationError

from worker.calibration.atomic import write_whole
from worker.domain.calibration import Calibrations

HEAD = (
    "# Calibrations of scores, written by `ivy-worker calibrate`; each says what it holds for.\n"
    "# Not to be edited: a calibration_id is the hash of what stands with it.\n"
)


class CalibrationInvalid(Exception):
    """A file of calibrations cannot be used; the text names it and says why."""


def load_calibrations(path: Path) -> Calibrations:
    """Read a file of calibrations. Raises ``CalibrationInvalid``."""
    try:
        text = path.read_text(encoding="utf-8")
        data = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except (OSError, UnicodeDecodeError) as error:
        raise CalibrationInvalid(f"there is no readable file of calibrations at {path}") from error
    except (yaml.YAMLError, json.JSONDecodeError) as error:
        raise CalibrationInvalid(
            f"the calibrations {path} are neither YAML nor JSON: {error}"
        ) from error
    try:
        return Calibrations.model_validate(data)
    except ValidationError as error:
        faults = "\n".join(
            f"  {'.'.join(str(part) for part in fault['loc']) or 'all of it'}: {fault['msg']}"
            for fault in error.errors(include_url=False, include_input=False)
        )
        raise CalibrationInvalid(f"the calibrations {path} are not valid:\n{faults}") from error


def save_calibrations(calibrations: Calibrations, path: Path) -> None:
    """Write the whole file at once, in the place of an older one. Raises ``OSError``."""
    if path.suffix == ".json":
        text = calibrations.model_dump_json(indent=2) + "\n"
    else:
        data = calibrations.model_dump(mode="json")
        text = HEAD + yaml.safe_dump(data, sort_keys=False, allow_unicode=True)
    write_whole(path, text.encode())
