"""The settings as a list: for `config show`, and for the table in the docs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from worker.settings.settings import Settings
from worker.settings.sources import NESTED, PREFIX


@dataclass(frozen=True, slots=True)
class Entry:
    """One setting."""

    name: str
    """As in ``--set`` and YAML: ``kafka.topics.uploads``."""
    default: str
    description: str

    @property
    def variable(self) -> str:
        """Its environment variable."""
        return PREFIX + self.name.upper().replace(".", NESTED)


def entries(model: type[BaseModel] = Settings, prefix: str = "") -> Iterator[Entry]:
    """Every setting, in the order of its section."""
    for name, field in model.model_fields.items():
        path = f"{prefix}{name}"
        inner = _section(field)
        if inner is not None:
            yield from entries(inner, f"{path}.")
        else:
            yield Entry(path, _default(field), field.description or "")


def _section(field: FieldInfo) -> type[BaseModel] | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined or value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, default=str)


def shown(settings: Settings) -> dict[str, Any]:
    """The settings in force, as JSON data, with every secret masked."""
    data: dict[str, Any] = settings.model_dump(mode="json")
    return data
