"""No module is imported any more once the files are given up."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import PathFinder
from types import ModuleType

IS_LATE = "is imported late"
"""How the line ends that tells of one."""


class LateImports(MetaPathFinder):
    """Stands in for the finder that looks into folders, finds nothing, and says so.

    To a decoder, a module that cannot be read would be a file that cannot be opened: and that is
    what a broken picture is, too. So a late import is heard of, where it would be a false refusal.
    """

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,  # noqa: ARG002 - the protocol's
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> None:
        """Nothing: the caller raises ``ModuleNotFoundError``."""
        sys.stderr.write(f"{fullname} {IS_LATE}\n")


def end_imports() -> None:
    """From now on, only what is compiled into Python is found."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not PathFinder]
    sys.meta_path.append(LateImports())
