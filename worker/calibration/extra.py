"""The libraries that only a calibration needs."""

from __future__ import annotations

from importlib.util import find_spec

LIBRARIES = ("sklearn", "scipy", "matplotlib")


class ExtraMissing(Exception):
    """A library of the extra `calibrate` is not installed; the text says how to have it."""


def require_extra() -> None:
    """Raises ``ExtraMissing``. Imports nothing: to be called before an hour of work, too."""
    missing = [name for name in LIBRARIES if find_spec(name) is None]
    if missing:
        raise ExtraMissing(
            f"calibrating needs {', '.join(missing)}, not installed here:"
            " pip install '.[calibrate]'"
        )
