"""Record batches, read as kafka-python reads them, and where it cannot."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kafka import TopicPartition
from kafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder

from tests.support import log_surgery
from worker.stream.kafka.damage import Aborted, examine
from worker.stream.kafka.record_batch import RecordBatch, Unreadable

PARTITION = TopicPartition("uploads", 0)

Fields = tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]

BYTES = st.none() | st.binary(max_size=200)
RECORDS: st.SearchStrategy[list[Fields]] = st.lists(
    st.tuples(
        BYTES, BYTES, st.lists(st.tuples(st.text(max_size=9), st.binary(max_size=9)), max_size=3)
    ),
    min_size=1,
    max_size=20,
)


def built(records: list[Fields], *, codec: int = 0, base: int = 0, pid: int = -1) -> bytes:
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=codec,
        is_transactional=pid >= 0,
        producer_id=pid,
        producer_epoch=0 if pid >= 0 else -1,
        base_sequence=0 if pid >= 0 else -1,
        batch_size=1 << 20,
    )
    for number, (key, value, headers) in enumerate(records):
        builder.append(number, 1_700_000_000_000 + number, key, value, headers)
    batch = bytearray(builder.build())
    batch[:8] = base.to_bytes(8, "big")  # as a broker does; not under the checksum
    return bytes(batch)


@settings(max_examples=60, deadline=None)
@given(RECORDS, st.integers(0, 4), st.integers(0, 2**40))
def test_entries_are_what_kafka_python_reads(records: list[Fields], codec: int, base: int) -> None:
    data = built(records, codec=codec, base=base)
    batch = RecordBatch.first_of(data)
    assert batch.problem() is None
    theirs = list(DefaultRecordBatch(data))
    ours = list(batch.entries())
    assert [one.problem for one in ours] == [None] * len(records)
    for mine, other in zip(ours, theirs, strict=True):
        assert (mine.offset, mine.key, mine.value) == (other.offset, other.key, other.value)
        assert (mine.timestamp_ms, list(mine.headers)) == (other.timestamp, other.headers)
    assert examine(PARTITION, base, data) is None
    assert examine(PARTITION, base + len(records) // 2, data) is None


@settings(max_examples=200, deadline=None)
@given(RECORDS, st.integers(0, 4), st.data())
def test_any_change_is_passed_by_in_bounded_steps_and_nothing_is_left_out(
    records: list[Fields], codec: int, data: st.DataObject
) -> None:
    batch = bytearray(built(records, codec=codec, base=100))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(batch) - 1))
        batch[at] ^= data.draw(st.integers(1, 255))
    if data.draw(st.booleans()):
        log_surgery.with_new_crc(batch)
    following = built([(None, b"next", [])], base=100 + len(records))
    position = 100
    damage = examine(PARTITION, position, bytes(batch) + following)
    if damage is None:
        return
    assert damage.next_offset > position
    # In order, without a gap at their end, and each with a reason or a content.
    expected = position
    for record in damage.records:
        assert record.offset >= expected
        expected = record.next_offset
    assert expected <= damage.next_offset
    assert damage.problem


def test_a_batch_whose_header_lies_ends_where_the_next_begins() -> None:
    batch = bytearray(built([(None, b"x", [])] * 5, base=10))
    batch[23:27] = (9_999).to_bytes(4, "big")  # its last offset delta
    following = built([(None, b"y", [])], base=15)
    damage = examine(PARTITION, 10, bytes(batch) + following)
    assert damage
    assert damage.next_offset == 15
    assert damage.where == "uploads[0]@10..14"


def test_a_position_in_the_middle_gives_what_is_from_there_on() -> None:
    batch = bytearray(built([(b"k", b"v%d" % number, [("name", b"")]) for number in range(5)]))
    log_surgery.break_header_name(batch)
    damage = examine(PARTITION, 3, bytes(batch))
    assert damage
    assert [record.value for record in damage.records] == [b"v3", b"v4"]


def test_records_of_an_aborted_transaction_are_not_taken() -> None:
    batch = bytearray(built([(b"k", b"v", [("name", b"")])], pid=7))
    log_surgery.break_header_name(batch)
    aborted = (Aborted(producer_id=7, first_offset=0),)
    damage = examine(PARTITION, 0, bytes(batch), aborted)
    assert damage
    assert (damage.records, damage.next_offset) == ((), 1)
    other = examine(PARTITION, 0, bytes(batch), (Aborted(8, 0),))
    assert other
    assert len(other.records) == 1


def test_records_that_end_early_leave_a_letter_for_the_rest() -> None:
    batch = bytearray(built([(None, b"value", [])] * 4))
    batch[57:61] = (9).to_bytes(4, "big")  # its count of records
    batch[23:27] = (8).to_bytes(4, "big")
    log_surgery.with_new_crc(batch)
    damage = examine(PARTITION, 0, bytes(batch))
    assert damage
    assert [record.span for record in damage.records] == [1, 1, 1, 1, 5]
    assert damage.records[-1].damage
    assert damage.next_offset == 9


@pytest.mark.parametrize("data", [b"x", b"\0" * 61, b"\xff" * 80])
def test_what_is_no_batch_is_one_damaged_offset(data: bytes) -> None:
    with pytest.raises(Unreadable):
        RecordBatch.first_of(data)
    damage = examine(PARTITION, 4, data)
    assert damage
    assert (damage.records[0].offset, damage.next_offset) == (4, 5)
