"""Splits that do not know each other's media."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.datasets.made import facts
from worker.datasets.facts import Facts
from worker.datasets.splitting import SplitImpossible, Splits, SplitWish, split
from worker.labelled.items import LabelledItem, Truth

SHARES = {"train": 0.8, "val": 0.1, "test": 0.1}
GENERATORS = ("Sora", "Pika", "BigGAN", "FLUX.1")


def a_set(each: int = 50) -> tuple[list[LabelledItem], list[Facts]]:
    """Fakes of four generators, and as many real ones."""
    items = []
    for number in range(2 * each * len(GENERATORS)):
        label = Truth.FAKE if number % 2 else Truth.REAL
        group = GENERATORS[number // 2 % len(GENERATORS)] if number % 2 else "Kinetics"
        items.append(LabelledItem(Path("x"), f"{number:05d}.png", label, group, split="old"))
    return items, [facts(number, item.label) for number, item in enumerate(items)]


def where(found: Splits) -> dict[str, str | None]:
    return {item.name: item.split for item in found.items}


def test_each_label_and_generator_is_in_its_share() -> None:
    found = split(*a_set(), SplitWish(SHARES))
    assert found.units == len(found.items) == 400
    counts = Counter((item.label, item.split) for item in found.items)
    for label in Truth:
        assert [counts[label, name] for name in SHARES] == [160, 20, 20]
    by_group = Counter((item.group, item.split) for item in found.items)
    assert all(38 <= by_group[group, "train"] <= 42 for group in GENERATORS)
    assert all(by_group[group, name] for group in GENERATORS for name in SHARES)


def test_the_same_seed_gives_the_same_and_another_another() -> None:
    items, known = a_set()
    first = split(items, known, SplitWish(SHARES, seed=1))
    assert first == split(items, known, SplitWish(SHARES, seed=1))
    assert where(first) != where(split(items, known, SplitWish(SHARES, seed=2)))


def test_what_looks_alike_is_in_one_split() -> None:
    items, known = a_set()
    # Ten families of eight, of both labels and all generators.
    known = [
        one.model_copy(update={"phashes": (f"{(n % 10) * 0x0101_0101_0101_0101:016x}",)})
        if n < 80
        else one
        for n, one in enumerate(known)
    ]
    found = split(items, known, SplitWish({"train": 0.5, "test": 0.5}, near=0))
    assert found.units == 10 + 320
    for family in range(10):
        assert len({found.items[n].split for n in range(family, 80, 10)}) == 1
    assert {found.items[n].split for n in range(80)} == {"train", "test"}


def test_held_out_generators_are_in_test_alone() -> None:
    wish = SplitWish(SHARES, held_out=frozenset({"Sora"}))
    found = split(*a_set(), wish)
    splits = {group: {i.split for i in found.items if i.group == group} for group in GENERATORS}
    assert splits["Sora"] == {"test"}
    assert splits["Pika"] == {"train", "val", "test"}
    assert found.drawn_along == 0


def test_what_looks_like_a_held_out_one_goes_with_it_and_is_counted() -> None:
    items, known = a_set()
    sora = next(n for n, item in enumerate(items) if item.group == "Sora")
    known[0] = known[0].model_copy(update={"sha256": known[sora].sha256})
    found = split(items, known, SplitWish(SHARES, held_out=frozenset({"Sora"})))
    assert found.drawn_along == 1
    assert found.items[0].split == "test"


def test_whole_generators_are_in_one_split_each() -> None:
    found = split(*a_set(), SplitWish({"train": 0.5, "test": 0.5}, whole_generators=True))
    splits = {group: {i.split for i in found.items if i.group == group} for group in GENERATORS}
    assert all(len(one) == 1 for one in splits.values())
    assert set.union(*splits.values()) == {"train", "test"}
    real = Counter(item.split for item in found.items if item.label is Truth.REAL)
    assert real == {"train": 100, "test": 100}


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (SplitWish({}), "each split needs a share above 0"),
        (SplitWish({"train": 1, "test": 0}), "each split needs a share above 0"),
        (
            SplitWish(SHARES, held_out=frozenset({"Sory"})),
            r"no fake is of Sory; the set has BigGAN, FLUX\.1, Pika, Sora",
        ),
        (SplitWish(SHARES, held_out=frozenset({"Kinetics"})), "no fake is of Kinetics"),
    ],
)
def test_what_cannot_be_is_said(wish: SplitWish, said: str) -> None:
    with pytest.raises(SplitImpossible, match=said):
        split(*a_set(), wish)
