"""The ledger and its watermark against a list of what was taken and what was done.

The machine is a broker's log of each partition, a consumer that may lose and get it again, and
workers that finish in any order, late, and twice. The model knows nothing of watermarks: it looks
for the first unfinished record each time.
"""

from __future__ import annotations

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from tests.stateful.broker_model import Assigned, Log, Taken
from worker.domain.record import Record
from worker.stream.ledger import Ledger, Partition
from worker.stream.protocol import Delivery

PHASES = [Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink]
"""Without the explanation of a failure, which takes minutes."""

PARTITIONS = [Partition("uploads", 0), Partition("uploads", 1), Partition("backfill", 0)]

RECORDS = st.lists(
    st.tuples(st.sampled_from([0, 0, 0, 1, 5]), st.sampled_from([1, 1, 1, 4]), st.integers(0, 50)),
    min_size=1,
    max_size=5,
)
"""Offsets left out before each, offsets that it stands for, and bytes."""


class LedgerMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger()
        self.logs = {partition: Log() for partition in PARTITIONS}
        self.ours: dict[Partition, Assigned] = {}
        self.epochs = dict.fromkeys(PARTITIONS, 0)
        self.open: list[Taken] = []
        self.finished: list[Taken] = []

    # --- the group

    @initialize()
    def join(self) -> None:
        for partition in PARTITIONS:
            self._assign(partition)
            self._open(partition)

    @rule(
        data=st.data(),
        change=st.sampled_from(["assign", "assign", "revoke", "revoke and commit", "revoke all"]),
    )
    def rebalance(self, data: st.DataObject, change: str) -> None:
        """Some go, and some come: also such as are ours already, without a word of their loss."""
        if change == "revoke all":
            self.ledger.revoke_all()
            self.ours.clear()
            return
        partition = data.draw(st.sampled_from(PARTITIONS))
        if change == "assign":
            self._assign(partition)
            return
        if change == "revoke and commit":
            self._commit([partition])
        self.ledger.revoke([partition])
        self.ours.pop(partition, None)

    def _assign(self, partition: Partition) -> None:
        self.ledger.assign([partition])
        self._begin(partition)

    def _begin(self, partition: Partition) -> None:
        self.epochs[partition] += 1
        self.ours[partition] = Assigned(self.epochs[partition])

    @precondition(lambda self: any(not one.opened for one in self.ours.values()))
    @rule()
    def open_all(self) -> None:
        """Readers of new partitions begin at what is committed."""
        for partition in self.ours:
            self._open(partition)

    def _open(self, partition: Partition) -> None:
        assigned = self.ours[partition]
        waits = self.ledger.unopened()
        assert (partition in waits) is not assigned.opened
        self.ledger.open(partition, assigned.epoch - 1)  # of no effect
        assert self.ledger.unopened() == waits
        self.ledger.open(partition, assigned.epoch)
        if not assigned.opened:
            assigned.opened = True
            self.logs[partition].position = self.logs[partition].committed

    # --- the log

    def _poll(self, data: st.DataObject) -> None:
        """The next ones at the position; new ones come after gaps, or stand for many offsets."""
        partition = data.draw(st.sampled_from(PARTITIONS))
        for skip, span, nbytes in data.draw(RECORDS):
            self._take(partition, skip, span, nbytes)

    def _take(self, partition: Partition, skip: int, span: int, nbytes: int) -> None:
        log = self.logs[partition]
        ahead = [offset for offset in log.known if offset >= log.position]
        offset = min(ahead, default=log.position + skip)
        span = log.spans.get(offset, span)
        record = Record(partition.topic, partition.number, offset, value=b"x" * nbytes, span=span)
        delivery = self.ledger.take(record)
        assigned = self.ours.get(partition)
        if assigned is None or not assigned.opened:
            assert delivery is None
            return
        log.known.add(offset)
        log.spans[offset] = span
        log.position = record.next_offset
        if assigned.taken and offset <= assigned.taken[-1].record.offset:
            self._begin(partition)
            assert delivery is None
            return
        assert delivery == Delivery(record, assigned.epoch)
        assert self.ledger.is_current(delivery)
        taken = Taken(delivery)
        assigned.taken.append(taken)
        self.open.append(taken)

    @rule(data=st.data(), partition=st.sampled_from(PARTITIONS))
    def go_back(self, data: st.DataObject, partition: Partition) -> None:
        """The reader is sent back, also into what is in flight; the ledger sees it at a take."""
        log = self.logs[partition]
        before = [offset for offset in sorted(log.known) if offset < log.position]
        log.position = data.draw(st.sampled_from([log.committed, *before]))

    @precondition(lambda self: any(log.known for log in self.logs.values()))
    @rule(data=st.data())
    def cut_the_log(self, data: st.DataObject) -> None:
        """The log loses its end, and other records grow there: none of them is done."""
        partition = data.draw(
            st.sampled_from([p for p, log in sorted(self.logs.items()) if log.known])
        )
        log = self.logs[partition]
        at = data.draw(st.sampled_from(sorted(log.known)))
        log.known = {offset for offset in log.known if offset < at}
        log.done &= log.known
        log.spans = {offset: span for offset, span in log.spans.items() if offset < at}
        log.committed = min(log.committed, at)
        log.position = log.committed
        for taken in self.open:
            record = taken.record
            if Partition(record.topic, record.partition) == partition and record.offset >= at:
                taken.lost = True
        if partition in self.ours:  # the reader noticed, and began anew
            self._assign(partition)
            self._open(partition)

    # --- the work

    @rule(data=st.data(), steps=st.lists(st.sampled_from(["poll", "finish", "commit"])))
    def work(self, data: st.DataObject, steps: list[str]) -> None:
        """One rule for all: each run does without some rules, and without one of these it idles."""
        for step in steps:
            if step == "poll":
                self._poll(data)
            elif step == "finish":
                self._finish_some(data)
            else:
                self._commit(data.draw(st.none() | st.lists(st.sampled_from(PARTITIONS))))

    def _finish_some(self, data: st.DataObject) -> None:
        """In any order, also of assignments that are over."""
        for _ in range(min(data.draw(st.integers(1, 6)), len(self.open))):
            self._finish(self.open.pop(data.draw(st.integers(0, len(self.open) - 1))))

    def _finish(self, taken: Taken) -> None:
        record = taken.record
        partition = Partition(record.topic, record.partition)
        assigned = self.ours.get(partition)
        current = assigned is not None and assigned.epoch == taken.delivery.epoch
        assert self.ledger.is_current(taken.delivery) is current
        assert self.ledger.done(taken.delivery) is current
        taken.finished = True
        if not taken.lost:
            self.logs[partition].done.add(record.offset)
        self.finished.append(taken)

    @precondition(lambda self: self.finished)
    @rule(data=st.data())
    def finish_again(self, data: st.DataObject) -> None:
        taken = data.draw(st.sampled_from(self.finished))
        assert self.ledger.done(taken.delivery) is False

    def _commit(self, partitions: list[Partition] | None) -> None:
        offsets = self.ledger.committable(partitions)
        wanted = self.ours if partitions is None else partitions
        assert offsets.keys() <= set(wanted) & self.ours.keys()
        self.ledger.committed(offsets)
        for partition, offset in offsets.items():
            self.ours[partition].told = offset
            self.logs[partition].committed = offset

    # --- what always holds

    @invariant()
    def what_may_be_committed_is_what_the_model_says(self) -> None:
        expected = {
            partition: assigned.committable
            for partition, assigned in self.ours.items()
            if assigned.committable is not None and assigned.committable != assigned.told
        }
        assert self.ledger.committable() == expected

    @invariant()
    def nothing_before_what_is_committed_lacks_its_outcome(self) -> None:
        """The promise itself: at least once."""
        for log in self.logs.values():
            assert {offset for offset in log.known if offset < log.committed} <= log.done

    @invariant()
    def counts_match(self) -> None:
        assert self.ledger.in_flight == len(self.open)
        assert self.ledger.in_flight_bytes == sum(one.record.nbytes for one in self.open)
        for topic in ("uploads", "backfill"):
            count = sum(one.record.topic == topic for one in self.open)
            assert self.ledger.in_flight_of(topic) == count

    @invariant()
    def gaps_match(self) -> None:
        for limit in (1, 3):
            expected = set()
            for partition, assigned in self.ours.items():
                end = assigned.committable or 0
                waiting = [t for t in assigned.taken if t.finished and t.record.offset >= end]
                if len(waiting) >= limit:
                    expected.add(partition)
            assert self.ledger.held_up(limit) == expected


TestLedger = LedgerMachine.TestCase
TestLedger.settings = settings(
    max_examples=60, stateful_step_count=25, deadline=None, phases=PHASES
)
