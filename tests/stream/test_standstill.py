"""Partitions that give nothing though there is something in them."""

from __future__ import annotations

from tests.support.manual_clock import ManualClock
from worker.stream.confluent.standstill import PATIENCE_S, Standstill
from worker.stream.ledger import Partition

ONE, OTHER = Partition("t", 0), Partition("t", 1)


def test_one_that_moves_or_is_at_its_end_is_not_named() -> None:
    clock = ManualClock()
    still = Standstill(clock.monotonic)
    for position in range(10):
        assert still.find({ONE: position, OTHER: 5}, {ONE: 10, OTHER: 5}) == []
        clock.advance(PATIENCE_S)


def test_one_that_stands_still_is_named_once_and_again_when_its_log_grew() -> None:
    clock = ManualClock()
    still = Standstill(clock.monotonic)
    assert still.find({ONE: 3}, {ONE: 10}) == []
    clock.advance(PATIENCE_S / 2)
    assert still.find({ONE: 3}, {ONE: 10}) == []
    clock.advance(PATIENCE_S / 2)
    assert still.find({ONE: 3}, {ONE: 10}) == [ONE]
    clock.advance(PATIENCE_S)
    assert still.find({ONE: 3}, {ONE: 10}) == []
    assert still.find({ONE: 3}, {ONE: 11}) == [ONE]
    assert still.find({ONE: 4}, {ONE: 11}) == []
    clock.advance(PATIENCE_S)
    assert still.find({ONE: 4}, {ONE: 11}) == [ONE]


def test_one_that_went_away_begins_anew() -> None:
    clock = ManualClock()
    still = Standstill(clock.monotonic)
    still.find({ONE: 3}, {ONE: 10})
    clock.advance(PATIENCE_S)
    assert still.find({}, {}) == []
    assert still.find({ONE: 3}, {ONE: 10}) == []
