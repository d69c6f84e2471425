"""Counts that outlive the process: of what ends it, a scrape would hardly ever see them."""

from __future__ import annotations

import json
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)


class KeptCounts:
    """A file of counts by name. One that cannot be read or written costs a warning, and no more.

    One worker writes it: two would count for each other.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._counts = self._read()

    @property
    def counts(self) -> dict[str, int]:
        """Of all processes that had this file."""
        return dict(self._counts)

    def add(self, name: str) -> None:
        """Count one more. Blocks for as long as a small file takes to write."""
        self._counts[name] = self._counts.get(name, 0) + 1
        new = self._file.with_name(f"{self._file.name}.new")
        try:
            new.write_text(json.dumps(self._counts), encoding="utf-8")
            new.replace(self._file)
        except OSError as error:
            self._warn(error)

    def _read(self) -> dict[str, int]:
        try:
            found = json.loads(self._file.read_text(encoding="utf-8"))
            return {str(name): int(count) for name, count in found.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, AttributeError) as error:
            self._warn(error)
            return {}

    def _warn(self, error: Exception) -> None:
        log.warning("counts_not_kept", file=str(self._file), why=type(error).__name__)
