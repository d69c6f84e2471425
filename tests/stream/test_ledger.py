from __future__ import annotations

from worker.domain.record import Record
from worker.stream.ledger import Ledger, Partition

PARTITION = Partition("uploads", 0)


def record(offset: int) -> Record:
    return Record(topic="uploads", partition=0, offset=offset, value=b"1234")


def test_a_record_of_a_partition_that_is_not_ours_is_not_taken() -> None:
    assert Ledger().take(record(0)) is None


def test_what_is_done_in_order_is_committable() -> None:
    ledger = Ledger()
    ledger.assign([PARTITION])
    first, second = ledger.take(record(0)), ledger.take(record(1))
    assert first
    assert second
    assert ledger.done(second)
    assert ledger.committable() == {}
    assert ledger.done(first)
    assert ledger.committable() == {PARTITION: 2}
    ledger.committed({PARTITION: 2})
    assert ledger.committable() == {}


def test_work_of_an_earlier_assignment_moves_nothing() -> None:
    ledger = Ledger()
    ledger.assign([PARTITION])
    late = ledger.take(record(0))
    ledger.revoke([PARTITION])
    ledger.assign([PARTITION])
    again = ledger.take(record(0))
    assert late
    assert again
    assert again.epoch == late.epoch + 1
    assert not ledger.done(late)
    assert ledger.committable() == {}
    assert ledger.done(again)
    assert ledger.committable() == {PARTITION: 1}


def test_a_delivery_done_twice_counts_once() -> None:
    ledger = Ledger()
    ledger.assign([PARTITION])
    delivery = ledger.take(record(0))
    assert delivery
    assert ledger.done(delivery)
    assert not ledger.done(delivery)
    assert ledger.in_flight == 0
    assert ledger.in_flight_bytes == 0


def test_memory_of_a_revoked_partition_is_held_until_its_work_is_done() -> None:
    ledger = Ledger()
    ledger.assign([PARTITION])
    delivery = ledger.take(record(0))
    assert delivery
    ledger.revoke([PARTITION])
    assert (ledger.in_flight, ledger.in_flight_bytes) == (1, 4)
    ledger.done(delivery)
    assert (ledger.in_flight, ledger.in_flight_bytes) == (0, 0)


def test_an_offset_that_goes_back_begins_a_new_epoch() -> None:
    ledger = Ledger()
    ledger.assign([PARTITION])
    old = [ledger.take(record(offset)) for offset in (5, 6)]
    new = [ledger.take(record(offset)) for offset in (5, 6)]
    for delivery in (*old, *new):
        assert delivery
        ledger.done(delivery)
    assert ledger.committable() == {PARTITION: 7}
    assert ledger.in_flight == 0
