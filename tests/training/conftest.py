"""A small drawn set and the untrained tiny model, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.train_demo.untrained import untrained
from worker.drawn.sets import Wanted, make_set


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_set(
        tmp_path_factory.mktemp("drawn"), (Wanted("train", 12, 8), Wanted("test", 6, 8)), seed=3
    )


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return untrained(tmp_path_factory.mktemp("models") / "untrained")
