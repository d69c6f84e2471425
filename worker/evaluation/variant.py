"""What may be done to a media before the model sees it."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

ORIGINAL = "original"
"""The name of the media as it is."""


class Variant(Protocol):
    """One transformation, such as a JPEG of quality 50: the same one for the same name."""

    @property
    def name(self) -> str:
        """As outcomes and reports have it."""
        ...

    def applies(self, source: Path) -> bool:
        """Whether it can be done to such a file at all, by its first bytes; no bit rate to a PNG.

        What it does not apply to is not asked about.
        """
        ...

    def render(self, source: Path, folder: Path) -> Path:
        """The file so changed, somewhere below ``folder``, or ``source`` itself. May take long.

        ``folder`` is empty, this call's alone, and taken away afterwards. Raises ``Poison`` for a
        file that cannot be so changed.
        """
        ...


class Original:
    """Nothing is done to it."""

    name = ORIGINAL

    def applies(self, source: Path) -> bool:  # noqa: ARG002 - a variant's
        """See ``Variant``."""
        return True

    def render(self, source: Path, folder: Path) -> Path:  # noqa: ARG002 - a variant's
        """See ``Variant``."""
        return source
