"""The library that only this client needs."""

from __future__ import annotations

from importlib.util import find_spec

from worker.domain.failure import Reason, Systemic


def require_extra() -> None:
    """Raises ``Systemic`` that names the setting. Imports nothing."""
    if find_spec("confluent_kafka") is None:
        raise Systemic(
            Reason.STREAM_FAILED,
            "stream.client is `confluent`, and confluent_kafka is not installed here:"
            " pip install '.[confluent]', or set stream.client to `kafka-python`",
        )
