"""docs/threat-model.md promises nothing that is not there."""

from __future__ import annotations

import re
from pathlib import Path

from worker.settings.listing import entries

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")


def test_every_proof_exists() -> None:
    named = set(re.findall(r"`((?:tests|docs|worker)/[\w/.-]+)`", TEXT))
    assert len(named) > 40
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_every_fuzz_target_is_named() -> None:
    targets = sorted((ROOT / "tests/fuzz/targets").glob("[a-z]*.py"))
    assert targets
    assert [path.name for path in targets if f"tests/fuzz/targets/{path.name}" not in TEXT] == []


def test_every_setting_exists() -> None:
    known = {entry.name for entry in entries()}
    parts = (name.split(".") for name in known)
    sections = {".".join(one[:depth]) for one in parts for depth in range(1, len(one))}
    first = "|".join(sorted({name.partition(".")[0] for name in known}))
    named = set(re.findall(rf"`((?:{first})\.[a-z_.]+)[=:` ]", TEXT))
    assert len(named) > 8
    assert sorted(named - known - sections) == []
