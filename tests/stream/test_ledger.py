from __future__ import annotations

from dataclasses import replace

from worker.domain.record import Record
from worker.stream.ledger import Ledger, Partition

PARTITION = Partition("uploads", 0)


def record(offset: int) -> Record:
    return Record(topic="uploads", partition=0, offset=offset, value=b"1234")


def begin(ledger: Ledger) -> None:
    ledger.assign([PARTITION])
    for partition, epoch in ledger.unopened().items():
        ledger.open(partition, epoch)


def test_a_record_of_a_partition_that_is_not_ours_is_not_taken() -> None:
    assert Ledger().take(record(0)) is None


def test_what_is_done_in_order_is_committable() -> None:
    ledger = Ledger()
    begin(ledger)
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
    begin(ledger)
    late = ledger.take(record(0))
    ledger.revoke([PARTITION])
    begin(ledger)
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
    begin(ledger)
    delivery = ledger.take(record(0))
    assert delivery
    assert ledger.done(delivery)
    assert not ledger.done(delivery)
    assert ledger.in_flight == 0
    assert ledger.in_flight_bytes == 0


def test_memory_of_a_revoked_partition_is_held_until_its_work_is_done() -> None:
    ledger = Ledger()
    begin(ledger)
    delivery = ledger.take(record(0))
    assert delivery
    ledger.revoke([PARTITION])
    assert (ledger.in_flight, ledger.in_flight_bytes) == (1, 4)
    ledger.done(delivery)
    assert (ledger.in_flight, ledger.in_flight_bytes) == (0, 0)


def test_an_offset_that_goes_back_ends_the_epoch_and_is_read_anew() -> None:
    ledger = Ledger()
    begin(ledger)
    old = [ledger.take(record(offset)) for offset in (5, 6)]
    # From here on the log is another: what was taken of the old one must not be passed over.
    assert ledger.take(record(6)) is None
    ((partition, epoch),) = ledger.unopened().items()
    ledger.open(partition, epoch)
    new = [ledger.take(record(offset)) for offset in (5, 6)]
    assert old[1]
    assert new[1]
    assert not ledger.done(old[1])
    assert ledger.done(new[1])
    assert ledger.committable() == {}
    assert new[0]
    ledger.done(new[0])
    assert ledger.committable() == {PARTITION: 7}


def test_nothing_is_taken_from_a_partition_that_was_not_opened() -> None:
    ledger = Ledger()
    ledger.assign([PARTITION])
    ((partition, epoch),) = ledger.unopened().items()
    assert ledger.take(record(0)) is None
    ledger.open(partition, epoch + 1)  # of another assignment
    assert ledger.take(record(0)) is None
    ledger.open(partition, epoch)
    assert ledger.unopened() == {}
    assert ledger.take(record(0)) is not None
    ledger.assign([PARTITION])
    assert ledger.take(record(1)) is None


def test_a_damaged_batch_is_one_delivery_and_many_offsets() -> None:
    ledger = Ledger()
    begin(ledger)
    batch, after = ledger.take(replace(record(5), span=20)), ledger.take(record(25))
    assert batch
    assert after
    ledger.done(after)
    assert ledger.committable() == {}
    ledger.done(batch)
    assert ledger.committable() == {PARTITION: 26}


def test_a_partition_is_held_up_by_one_that_does_not_end() -> None:
    ledger = Ledger()
    begin(ledger)
    deliveries = [ledger.take(record(offset)) for offset in range(4)]
    for delivery in deliveries[1:]:
        assert delivery
        ledger.done(delivery)
    assert ledger.held_up(3) == {PARTITION}
    assert ledger.held_up(4) == set()
    assert deliveries[0]
    ledger.done(deliveries[0])
    assert ledger.held_up(1) == set()


def test_what_is_in_flight_is_counted_by_topic() -> None:
    ledger = Ledger()
    begin(ledger)
    delivery = ledger.take(record(0))
    assert delivery
    assert (ledger.in_flight_of(PARTITION.topic), ledger.in_flight_of("other")) == (1, 0)
    ledger.done(delivery)
    assert ledger.in_flight_of(PARTITION.topic) == 0
