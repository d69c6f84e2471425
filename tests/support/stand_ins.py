"""Stand-ins of published sets in their layouts, made once for all tests of a process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.stand_ins.layouts import make

StandIn = Callable[[str], Path]


@pytest.fixture(scope="session")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> StandIn:
    """The folder of a stand-in. Nobody writes to it."""
    root = tmp_path_factory.mktemp("stand-ins")

    def folder(name: str) -> Path:
        if not (root / name).exists():
            make(name, root / name)
        return root / name

    return folder
