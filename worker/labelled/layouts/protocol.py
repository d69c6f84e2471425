"""What a reader of labelled sets asks of a layout."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from worker.labelled.aside import Aside
from worker.labelled.items import LabelledItem


class Layout(Protocol):
    """One way of laying out media and labels."""

    @property
    def name(self) -> str:
        """As ``--layout`` has it."""
        ...

    @property
    def looks_like(self) -> str:
        """How a person knows it: its folders or fields, in one line."""
        ...

    def found_at(self, path: Path) -> bool:
        """Whether a set of this layout seems to be there: by names, and a first record at most."""
        ...

    def items(self, path: Path, aside: Aside) -> Iterator[LabelledItem]:
        """The items in a fixed order, read as they are asked for; no media is looked at.

        What cannot be taken at its word goes to ``aside``. Raises ``LabelledSetInvalid``.
        """
        ...
