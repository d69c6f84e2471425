"""The library that only this client needs."""

from __future__ import annotations

from importlib.util import find_spec


class ExtraMissing(Exception):
    """A library of the extra `confluent` is not installed; the text says how to have it."""


def require_extra() -> None:
    """Raises ``ExtraMissing``. Imports nothing."""
    if find_spec("confluent_kafka") is None:
        raise ExtraMissing(
            "stream.client=confluent needs confluent_kafka, not installed here:"
            " pip install '.[confluent]', or set stream.client=kafka-python"
        )
