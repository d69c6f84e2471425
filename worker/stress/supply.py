"""Where contents come from: drawn here, or a person's own files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Item:
    """One content, without its bytes."""

    name: str
    """Below the prefix of URLs, unescaped; other contents have other names."""
    kind: str
    """``image``, ``clip``, or ``file`` for a person's own."""
    mime: str | None = None


class NoSuchItem(LookupError):
    """There is no content of this name."""


class Supply(Protocol):
    """Contents by number. Reading one number twice gives the same bytes."""

    @property
    def contents(self) -> int | None:
        """How many there are; None where there is no end."""
        ...

    def item(self, number: int) -> Item:
        """The content of a number, from 0 on."""
        ...

    def read(self, item: Item) -> bytes:
        """Its bytes. Raises ``NoSuchItem``, and ``OSError`` where a file cannot be read."""
        ...
