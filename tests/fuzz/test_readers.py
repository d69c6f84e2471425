"""The readers of bytes and text: what is kept is replayed, and a little more is tried."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.campaign import MEMORY_MB, Run, fuzz
from tests.fuzz.corpus import MAX_BYTES, inputs_of, keep, seeds_of
from tests.fuzz.registry import NAMES, check_of

KEPT = [(name, path) for name in NAMES for path in inputs_of(name)]

SECONDS = 1
"""For one target: with twice as many seconds to start each, the whole takes half a minute."""

SEED = 20260
"""The same run each time: what fails here fails again."""


@pytest.mark.parametrize(("name", "path"), KEPT, ids=[f"{name}-{path.name}" for name, path in KEPT])
def test_what_is_kept_breaks_nothing(name: str, path: Path) -> None:
    check_of(name)(path.read_bytes())


@pytest.mark.parametrize("name", NAMES)
def test_a_short_run_finds_nothing(name: str, tmp_path: Path) -> None:
    run = fuzz(name, SECONDS, tmp_path, seed=SEED)
    assert run.clean, f"{run.crashes}\n{run.fault}"
    assert run.executions > len(seeds_of(name))


@pytest.mark.parametrize("name", NAMES)
def test_the_corpus_stays_small(name: str) -> None:
    assert seeds_of(name), "a target needs seeds"
    assert sum(path.stat().st_size for path in seeds_of(name)) <= MAX_BYTES


def test_a_broken_invariant_is_caught_kept_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A target that must fail, in a tree of its own: the corpus here stays as it is.
    run = _of_a_broken_target(tmp_path, monkeypatch)
    assert not run.clean
    (crash,) = run.crashes
    assert crash.parent == tmp_path / "broken"
    assert b"!" in crash.read_bytes()
    assert "AssertionError: no exclamation" in run.fault


def _of_a_broken_target(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    program = folder / "program"
    targets = program / "tests" / "fuzz" / "targets"
    targets.mkdir(parents=True)
    for package in (program / "tests", targets.parent, targets):
        (package / "__init__.py").touch()
    (targets / "broken.py").write_text(
        "MAX_LEN = 64\ndef check(data):\n    assert b'!' not in data, 'no exclamation'\n"
    )
    ours = Path(__file__).parent
    for name in ("registry.py", "atheris_target.py"):
        (targets.parent / name).write_text((ours / name).read_text())
    monkeypatch.setattr("tests.fuzz.campaign.ROOT", program)
    monkeypatch.setattr("tests.fuzz.campaign.FOLDER", folder)
    monkeypatch.setattr("tests.fuzz.campaign.max_len_of", lambda _: 64)
    monkeypatch.setattr("tests.fuzz.campaign.arguments_of", lambda _: ())
    return fuzz("broken", 20, folder / "work", seed=SEED)


def test_of_what_was_found_the_shortest_are_kept_and_a_persons_seeds_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.fuzz.corpus.FOLDER", tmp_path)
    folder = tmp_path / "target"
    folder.mkdir()
    for name in ("seed-one", "crash-two", "0123456789ab"):
        (folder / name).write_text(name)
    found = []
    for number in range(4):
        path = tmp_path / f"found-{number}"
        path.write_bytes(bytes([number]) * (MAX_BYTES // 4 + number))
        found.append(path)
    assert keep("target", [*found, found[0]]) == 3
    names = {path.name for path in inputs_of("target")}
    assert {"seed-one", "crash-two"} < names
    assert "0123456789ab" not in names
    assert len(names) == 5


def test_the_memory_of_the_one_who_starts_it_is_not_counted(tmp_path: Path) -> None:
    held = b"\1" * ((MEMORY_MB + 256) << 20)
    run = fuzz("urls", SECONDS, tmp_path, seed=SEED)
    del held
    assert run.clean, f"{run.crashes}\n{run.fault}"
    assert run.peak_mb < MEMORY_MB / 2
