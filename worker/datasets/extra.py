"""The libraries that only `ivy-worker data` needs."""

from __future__ import annotations

from importlib.util import find_spec


class ExtraMissing(Exception):
    """A library of the extra `data` is not installed; the text says how to have it."""


def require(*libraries: str) -> None:
    """Raises ``ExtraMissing`` if one is not installed. Imports none."""
    missing = [name for name in libraries if find_spec(name) is None]
    if missing:
        raise ExtraMissing(
            f"this needs {', '.join(missing)}, not installed here: pip install '.[data]'"
        )
