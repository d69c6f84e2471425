"""Where settings come from, strongest first: ``--set``, ``IVY_`` environment, secret files, YAML.

pydantic-settings reads the last three; here is what it leaves open: assignments on the command
line, and telling a person about a name that means nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

PREFIX = "IVY_"
NESTED = "__"
"""``IVY_KAFKA__TOPICS__UPLOADS`` is ``kafka.topics.uploads``."""

CONFIG_VARIABLE = "IVY_CONFIG"
SECRETS_VARIABLE = "IVY_SECRETS_DIR"
"""These two say where settings are, and are none themselves."""

Tree = dict[str, Any]


SERVICE_LINK = re.compile(r"IVY_\w*(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT(?:_\d+_\w+)?)")
"""What Kubernetes puts into every pod about a Service that is called ivy-something."""


class SettingsInvalid(Exception):
    """The settings cannot be used; the text says which, and what to do."""


def read_assignments(assignments: Iterable[str]) -> Tree:
    """``--set kafka.topics.uploads=mine``, as often as one likes; values are read as YAML."""
    tree: Tree = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals or not name:
            raise SettingsInvalid(
                f"--set takes NAME=VALUE, such as kafka.topics.uploads=mine; got {assignment!r}"
            )
        try:
            value = yaml.safe_load(text)
        except yaml.YAMLError:
            value = text  # such as a password that begins with a quote
        if not isinstance(value, str | list | dict | None):
            value = text  # a group called 2026 is a name; where a number is wanted, it becomes one
        _put(tree, name.split("."), value, name)
    return tree


def _put(tree: Tree, path: list[str], value: Any, name: str) -> None:
    for part in path[:-1]:
        inner = tree.setdefault(part, {})
        if not isinstance(inner, dict):
            raise SettingsInvalid(f"--set {name} goes below {part}, which was set to a value")
        tree = inner
    tree[path[-1]] = value


def check_yaml(path: Path) -> None:
    """Raises ``SettingsInvalid`` unless the file can be read and holds a mapping."""
    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsInvalid(f"cannot read the settings file {path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsInvalid(f"the settings file {path} is not YAML{_place(error)}") from error
    if tree is not None and not isinstance(tree, dict):
        raise SettingsInvalid(f"the settings file {path} must hold a mapping, such as `kafka: ...`")


def _place(error: Exception) -> str:
    """Where a file is at fault, without quoting it: the line may hold a password."""
    mark = getattr(error, "problem_mark", None)
    return f": line {mark.line + 1}, column {mark.column + 1}" if mark else ""


def check_environment(environment: Mapping[str, str], sections: Iterable[str]) -> None:
    """Raises ``SettingsInvalid`` for an ``IVY_`` variable of no section.

    pydantic-settings passes such a variable over; a typing error would go unseen for months.
    """
    known = {section.upper() for section in sections}
    for name in sorted(environment):
        if not name.startswith(PREFIX) or name in {CONFIG_VARIABLE, SECRETS_VARIABLE}:
            continue
        section = name[len(PREFIX) :].split(NESTED)[0].upper()
        if section not in known and not SERVICE_LINK.fullmatch(name):
            raise SettingsInvalid(
                f"the variable {name} names no setting: {PREFIX} is followed by one of "
                f"{', '.join(sorted(known))}, then {NESTED} and a name"
            )
