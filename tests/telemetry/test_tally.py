"""Sums by attributes."""

from __future__ import annotations

import threading

from worker.telemetry.tally import Tally


def test_the_order_of_attributes_makes_no_difference() -> None:
    tally = Tally()
    tally.add(1, {"a": "x", "b": 2})
    tally.add(2, {"b": 2, "a": "x"})
    tally.add(5, {})
    assert {frozenset(attributes.items()): amount for attributes, amount in tally.read()} == {
        frozenset({("a", "x"), ("b", 2)}): 3,
        frozenset(): 5,
    }


def test_no_count_of_any_thread_is_lost() -> None:
    tally = Tally()

    def count() -> None:
        for _ in range(20_000):
            tally.add(1, {"a": "x"})

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(tally.read()) == [({"a": "x"}, 80_000)]
