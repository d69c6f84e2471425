"""A set that the real decoder looked at, once for all tests of a process."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.datasets.faulty_set import faulty_set
from worker.app.looking_rooms import open_looking_rooms
from worker.datasets.facts import Facts, FactsFile, by_item
from worker.datasets.looking import look_at
from worker.labelled.items import LabelledSet
from worker.settings.settings import load_settings


@dataclass(frozen=True, slots=True)
class Looked:
    """The set, and what was found of it."""

    labelled: LabelledSet
    facts: list[Facts]
    root: Path
    file: Path
    """The facts as ``--facts`` keeps them."""

    def of(self, end: str) -> Facts:
        """The facts of the only file whose name ends so."""
        (one,) = (one for one in self.facts if one.name.endswith(end))
        return one


@pytest.fixture(scope="session")
def looked(tmp_path_factory: pytest.TempPathFactory) -> Looked:
    """Through sandboxed decode processes, as a person's command does."""
    folder = tmp_path_factory.mktemp("looked")
    labelled = faulty_set(folder / "set")
    found: dict[str, Facts] = {}
    settings = load_settings(None, ["decode.processes=1", "decode.min_processes=1"])

    async def look() -> None:
        with FactsFile(folder / "facts.jsonl") as kept:

            def tell(one: Facts) -> None:
                found[one.path] = one
                kept.add(one)

            async with open_looking_rooms(settings) as rooms:
                await look_at(labelled.items, rooms, tell)

    asyncio.run(look())
    facts = by_item(found, labelled.items)
    return Looked(labelled, facts, folder / "set", folder / "facts.jsonl")
