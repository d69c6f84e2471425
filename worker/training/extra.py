"""The libraries that only training needs."""

from __future__ import annotations

from importlib.util import find_spec

LIBRARIES = ("accelerate", "datasets", "peft", "trl")


class ExtraMissing(Exception):
    """A library of the extra `train` is not installed; the text says how to have it."""


def require_extra() -> None:
    """Raises ``ExtraMissing``. Imports nothing."""
    missing = [name for name in LIBRARIES if find_spec(name) is None]
    if missing:
        raise ExtraMissing(
            f"training needs {', '.join(missing)}, not installed here: pip install '.[train]'"
        )
