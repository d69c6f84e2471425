"""The libraries that only an evaluation needs."""

from __future__ import annotations

from importlib.util import find_spec

LIBRARIES = ("sklearn", "scipy", "statsmodels", "matplotlib", "rouge_score")


class ExtraMissing(Exception):
    """A library of the extra `evaluate` is not installed; the text says how to have it."""


def require_extra() -> None:
    """Raises ``ExtraMissing``. Imports nothing."""
    missing = [name for name in LIBRARIES if find_spec(name) is None]
    if missing:
        raise ExtraMissing(
            f"a report needs {', '.join(missing)}, not installed here: pip install '.[evaluate]'"
        )
