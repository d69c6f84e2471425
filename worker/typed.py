"""Settings' values as people type them in an environment variable or behind ``--set``."""

from __future__ import annotations

import json
from typing import Any


def comma_separated(value: Any) -> Any:
    """``a,b`` is a list of two; all but text passes as it is. For ``BeforeValidator``."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def from_json(value: Any) -> Any:
    """Mappings, and lists of them, are JSON. Raises ``ValueError``. For ``BeforeValidator``."""
    return json.loads(value) if isinstance(value, str) else value
