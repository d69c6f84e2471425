"""Which contents decode processes died of."""

from __future__ import annotations

from collections import OrderedDict

DEADLY_TRIES = 2
"""A file that killed this many processes is poison: once may have been the machine's fault."""

REMEMBERED = 1024
"""Contents whose deaths are remembered."""


class Deaths:
    """By content hash; the longest unseen is forgotten first."""

    def __init__(self) -> None:
        self._counts: OrderedDict[str, int] = OrderedDict()

    def count(self, sha256: str) -> None:
        """A process died of it."""
        self._counts[sha256] = self._counts.pop(sha256, 0) + 1
        if len(self._counts) > REMEMBERED:
            self._counts.popitem(last=False)

    def convicts(self, sha256: str) -> bool:
        """Whether it had as many tries as it gets."""
        return self._counts.get(sha256, 0) >= DEADLY_TRIES
