"""Answers, overrides and suspicions as bytes in a cache."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from worker.cache.suspicion import NO_SUSPICION, Suspicion
from worker.domain.answer import Answer, Override

M = TypeVar("M", bound=BaseModel)


def pack(value: Answer | Override) -> bytes:
    """JSON: other tools read it too, and a stranger's bytes cannot run code in ours."""
    return value.model_dump_json().encode()


def unpack_answer(data: bytes | None) -> Answer | None:
    """The answer, or None for what is missing or cannot be read: that is a miss, not a crash."""
    return _unpack(Answer, data)


def unpack_override(data: bytes | None) -> Override | None:
    """The override, likewise."""
    return _unpack(Override, data)


def unpack_suspicion(data: bytes | None) -> Suspicion:
    """The suspicion; what is missing or cannot be read is none."""
    return _unpack(Suspicion, data) or NO_SUSPICION


def _unpack(model: type[M], data: bytes | None) -> M | None:
    if data is None:
        return None
    try:
        return model.model_validate_json(data)
    except ValidationError:
        return None
