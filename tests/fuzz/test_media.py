"""Mutated media through real decode processes, behind their real sandbox."""

from __future__ import annotations

import random

import pytest

from tests.fuzz import media_run
from tests.fuzz.mutations import LARGEST, MUTATIONS, mutated
from tests.fuzz.sample_media import sample_media
from worker.domain.failure import Reason

FILES = 5000
"""About half a minute. `python -m scripts.fuzz media --seconds 600` goes on for longer."""

SEED = 20260


async def test_no_mutated_file_ends_or_keeps_a_process() -> None:
    report = await media_run.run(files=FILES, seed=SEED)
    assert report.clean, report.told()
    assert report.files == FILES
    # Else the mutations would be too harsh to reach the decoders, or too mild to be any.
    assert report.outcomes["image"] > FILES // 20
    assert report.outcomes["video"] > FILES // 20
    assert report.outcomes[Reason.MEDIA_UNDECODABLE] > FILES // 4


async def test_every_sample_is_sound_and_what_once_broke_something_does_not_any_more() -> None:
    kept = [path.read_bytes() for path in sorted(media_run.KEPT.glob("*"))]
    sound = await media_run.send(iter(sample_media().values()))
    assert sound.clean, sound.told()
    assert set(sound.outcomes) == {"image", "video"}
    if kept:
        again = await media_run.send(iter(kept))
        assert again.clean, again.told()


async def test_a_file_that_keeps_a_process_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    # So short a time that any file hangs: the run must say so, and keep the file.
    monkeypatch.setattr(media_run, "TIMEOUT_S", 0.001)
    told: list[bytes] = []

    def remember(data: bytes, said: str) -> str:
        told.append(data)
        return said

    monkeypatch.setattr(media_run, "_kept", remember)
    data = sample_media()["png"]
    report = await media_run.send(iter([data]))
    assert not report.clean
    assert told == [data]
    assert "decoder_timeout" in report.told()


def test_a_seed_gives_the_same_files_again() -> None:
    sources = [*sample_media().values()]
    rngs = random.Random(7), random.Random(7), random.Random(8)
    first, again, other = ([mutated(sources, rng) for _ in range(50)] for rng in rngs)
    assert first == again != other
    assert len(set(first)) > 45
    assert all(len(data) <= LARGEST for data in first)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: one.__name__)
def test_every_mutation_bears_the_smallest_files(mutation: object) -> None:
    assert callable(mutation)
    for size in (1, 2, 5):
        for seed in range(50):
            mutation(bytearray(size), random.Random(seed))
