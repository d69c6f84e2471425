"""Single flights of several workers on one cache, against who may compute what, and when.

Time is virtual: the machine says when an answer is ready, how long a call to the cache takes, and
when the whole fleet stands still for so long that every lease runs out.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.stateful.virtual_loop import LoopClock, VirtualLoop
from tests.stateful.wire import Wire
from tests.support.factories import make_answer, make_identity
from worker.cache.memory import MemoryCache
from worker.cache.single_flight import Known, SingleFlight
from worker.domain.answer import Answer
from worker.domain.cache_key import CacheKey
from worker.domain.failure import Poison, Reason

WORKERS = 3
KEYS = [CacheKey.of(digit * 64, make_identity()) for digit in "ab"]
LEASE_S, RENEW_EVERY_S = 12.0, 3.0
STEPS = [
    *["call"] * 4,
    *["answer"] * 2,
    "fail",
    "cancel",
    "answer_and_cancel",
    "advance",
    "stall",
    "slow_down",
]
PHASES = [Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink]
"""Without the explanation of a failure, which takes minutes."""


@dataclass(eq=False)
class Computation:
    """The model at work on one key, for one worker."""

    worker: int
    key: CacheKey
    done: asyncio.Future[Answer]
    wire: Wire

    @property
    def lost(self) -> bool:
        """Its lease ran out: another worker may begin."""
        return self.wire.lost[self.key]


@dataclass(eq=False)
class Call:
    """An event that wants an answer."""

    key: CacheKey
    task: asyncio.Task[Known]
    cancelled: bool = False


@dataclass
class Past:
    """What became of the computations of one key."""

    answers: set[str] = field(default_factory=set)
    failures: set[str] = field(default_factory=set)


class SingleFlightMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = VirtualLoop()
        self.clock = LoopClock(self.loop)
        self.cache = MemoryCache(lease_s=LEASE_S, clock=self.clock)
        self.wires = [Wire(self.cache) for _ in range(WORKERS)]
        self.flights = [SingleFlight(wire, renew_every_s=RENEW_EVERY_S) for wire in self.wires]
        self.calls: list[Call] = []
        self.running: list[Computation] = []
        self.past = {key: Past() for key in KEYS}
        self.stalled = False
        self.violations: list[str] = []
        self.number = 0

    # --- what events and the model do

    @rule(data=st.data(), steps=st.lists(st.sampled_from(STEPS), min_size=1, max_size=8))
    def go_on(self, data: st.DataObject, steps: list[str]) -> None:
        """One rule for all: a run does without some rules, and without one of these it idles."""
        for step in steps:
            getattr(self, step)(data)
            self.nothing_is_computed_twice()

    def call(self, data: st.DataObject) -> None:
        worker, key = data.draw(st.integers(0, WORKERS - 1)), data.draw(st.sampled_from(KEYS))
        flight = self.flights[worker]
        task = self.loop.create_task(flight.get(key, lambda _: self._ask(worker, key)))
        self.calls.append(Call(key, task))
        self.loop.settle()

    async def _ask(self, worker: int, key: CacheKey) -> Answer:
        computation = Computation(worker, key, self.loop.create_future(), self.wires[worker])
        for other in self.running:
            if other.key == key and other.worker == worker:
                self.violations.append("two computations in one worker")
            if other.key == key and not other.lost:
                self.violations.append("two computations, and no lease ran out")
        if key in self.cache._answers and not self.stalled:
            self.violations.append("a computation of what is known")
        self.running.append(computation)
        try:
            return await computation.done
        finally:
            self.running.remove(computation)

    def answer(self, data: st.DataObject) -> None:
        if not self.running:
            return
        computation = data.draw(st.sampled_from(self.running))
        text = self._answer(computation)
        self.loop.settle()
        if computation.wire.seconds == 0:
            stored = text.encode() in self.cache._answers.get(computation.key, b"")
            assert stored is not computation.lost, "only who holds the lease stores"

    def _answer(self, computation: Computation) -> str:
        self.number += 1
        text = f"answer <{self.number}>"
        self.past[computation.key].answers.add(text)
        computation.done.set_result(make_answer(explanation=text))
        return text

    def fail(self, data: st.DataObject) -> None:
        if not self.running:
            return
        computation = data.draw(st.sampled_from(self.running))
        self.number += 1
        detail = f"failure {self.number}"
        self.past[computation.key].failures.add(detail)
        computation.done.set_exception(Poison(Reason.MEDIA_UNDECODABLE, detail))
        lost, lease = computation.lost, self.cache._holder(computation.key)
        self.loop.settle()
        if computation.wire.seconds == 0 and not lost:
            assert self.cache._holder(computation.key) != lease, "it was not given back"

    def cancel(self, data: st.DataObject) -> None:
        """Some of them, at once."""
        pending = [call for call in self.calls if not call.task.done()]
        some = (
            st.lists(st.sampled_from(pending), min_size=1, unique=True) if pending else st.just([])
        )
        for call in data.draw(some):
            call.cancelled = True
            call.task.cancel()
        self.loop.settle()

    def answer_and_cancel(self, data: st.DataObject) -> None:
        """In the same moment."""
        if not self.running:
            return
        self._answer(data.draw(st.sampled_from(self.running)))
        self.cancel(data)

    # --- what time does

    def advance(self, data: st.DataObject) -> None:
        """Leases are renewed meanwhile, however long it takes."""
        seconds = data.draw(st.sampled_from([0.25, 1.0, 4.0, 20.0]))
        self.loop.run_until_complete(asyncio.sleep(seconds))

    def slow_down(self, data: st.DataObject) -> None:
        self.take_as_long(data.draw(st.sampled_from([0.0, 0.0, 0.5, 2.0])))

    def take_as_long(self, seconds: float) -> None:
        """The cache, from now on."""
        for wire in self.wires:
            wire.seconds = seconds

    def stall(self, _: st.DataObject) -> None:
        """The workers stand still for longer than a lease."""
        self.clock.ahead += 2 * LEASE_S
        self.stalled = True
        for wire in self.wires:
            wire.lost = dict.fromkeys(wire.lost, True)
        self.loop.settle()

    # --- what always holds

    @invariant()
    def nothing_is_computed_twice(self) -> None:
        assert self.violations == []

    @invariant()
    def whoever_is_done_has_what_was_found_for_its_key(self) -> None:
        own: dict[CacheKey, int] = dict.fromkeys(KEYS, 0)
        for call in self.calls:
            if not call.task.done():
                continue
            past = self.past[call.key]
            if call.task.cancelled():
                assert call.cancelled, "only who was cancelled is"
            elif (failure := call.task.exception()) is not None:
                assert isinstance(failure, Poison)
                assert failure.detail in past.failures
            else:
                known = call.task.result()
                assert known.answer.explanation in past.answers
                own[call.key] += not known.cached
        for key, count in own.items():
            assert count <= len(self.past[key].answers)

    def teardown(self) -> None:
        """Let all come to their ends: everybody gets one, and nothing is left behind."""
        try:
            self.take_as_long(0.0)
            for _ in range(2 * len(self.calls) + 2):
                for computation in list(self.running):
                    if not computation.done.done():
                        self._answer(computation)
                self.loop.run_until_complete(asyncio.sleep(3 * LEASE_S))
            assert all(call.task.done() for call in self.calls)
            self.whoever_is_done_has_what_was_found_for_its_key()
            self.nothing_is_computed_twice()
            assert self.running == []
            assert [flight._under_way for flight in self.flights] == [{}] * WORKERS
            assert [self.cache._holder(key) for key in KEYS] == [None] * len(KEYS)
            assert asyncio.all_tasks(self.loop) == set()
        finally:
            self._close()

    def _close(self) -> None:
        left: set[asyncio.Task[Any]] = asyncio.all_tasks(self.loop)
        for task in left:
            task.cancel()
        if left:
            self.loop.run_until_complete(asyncio.wait(left))
        self.loop.close()


TestSingleFlight = SingleFlightMachine.TestCase
TestSingleFlight.settings = settings(
    max_examples=70, stateful_step_count=10, deadline=None, phases=PHASES
)
