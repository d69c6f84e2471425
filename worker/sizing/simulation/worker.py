"""One worker in the simulation: Kafka's records in order, decode processes, an engine."""

from __future__ import annotations

import heapq
import itertools
import math
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

HIT_S = 0.01
"""Seconds for an upload whose answer is known: a fetch from nearby and a round trip to Redis."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What a worker is made of."""

    rates: tuple[float, ...]
    """Mean new uploads a second with 1, 2 ... in the engine; so many fit in."""
    decoders: int
    max_in_flight: int


@dataclass(slots=True)
class Upload:
    """One upload on its way."""

    arrived: float
    partition: int
    work: float
    """0 where the answer is known."""
    decode_s: float
    available: float = 0.0
    """When a worker that reads its partition can see it; later than its arrival if nobody did."""
    done: float = math.nan


@dataclass(slots=True)
class Worker:
    """Carries uploads in the order in which it sees them.

    The engine shares itself out evenly among what it works on, and is the faster the more it has,
    by the measured curve. So every item inside progresses at one pace, and an item is done when the
    pace's integral reaches what it was when the item came in, plus its work: a heap of these ends
    is all that is needed.
    """

    machine: Machine
    ahead: deque[Upload] = field(default_factory=deque)
    """Not taken yet, by ``available``."""
    finished: list[Upload] = field(default_factory=list)
    taken_at_most: int = 0
    """The most that were in work at once."""
    _now: float = 0.0
    _pace: float = 0.0
    _decoders: list[float] = field(default_factory=list)
    _decoding: list[tuple[float, int, Upload]] = field(default_factory=list)
    _waiting: deque[Upload] = field(default_factory=deque)
    _inside: list[tuple[float, int, Upload]] = field(default_factory=list)
    _number: Iterator[int] = field(default_factory=itertools.count)

    def see(self, uploads: Sequence[Upload], at: float) -> None:
        """More uploads, visible from ``at`` on."""
        for upload in uploads:
            upload.available = max(upload.arrived, at)
        # A sort that finds runs is fast on two lists that are in order.
        self.ahead = deque(sorted((*self.ahead, *uploads), key=_by_sight))

    def give_up(self, partitions: Collection[int]) -> list[Upload]:
        """Partitions that another worker reads from now on: what of them was not taken."""
        given = [upload for upload in self.ahead if upload.partition in partitions]
        self.ahead = deque(u for u in self.ahead if u.partition not in partitions)
        return given

    def die(self) -> list[Upload]:
        """All that was not finished: it comes again to whoever gets the partitions."""
        lost = [upload for _, _, upload in (*self._decoding, *self._inside)]
        left = sorted((*lost, *self._waiting, *self.ahead), key=_by_arrival)
        self._decoding, self._inside = [], []
        self._waiting, self.ahead, self._decoders = deque(), deque(), []
        return left

    def run(self, until: float) -> None:
        """Carry on; what would happen at ``until`` or later does not."""
        # Everything in local names: this loop is the whole cost of a simulation.
        rates, limit = self.machine.rates, len(self.machine.rates)
        bound = self.machine.max_in_flight
        ahead, decoding, waiting, inside = self.ahead, self._decoding, self._waiting, self._inside
        now, pace, number = self._now, self._pace, self._number
        push, pop, never = heapq.heappush, heapq.heappop, math.inf
        while True:
            count = len(inside)
            next_done = now + (inside[0][0] - pace) * count / rates[count - 1] if count else never
            next_decoded = decoding[0][0] if decoding else never
            has_room = ahead and count + len(waiting) + len(decoding) < bound
            next_taken = max(now, ahead[0].available) if has_room else never
            at = min(next_done, next_decoded, next_taken)
            if at >= until:
                break
            if count:
                pace += (at - now) * rates[count - 1] / count
            now = at
            if at == next_done:
                self._finish(pop(inside)[2], now)
                if waiting:
                    upload = waiting.popleft()
                    push(inside, (pace + upload.work, next(number), upload))
            elif at == next_decoded:
                upload = pop(decoding)[2]
                if count < limit:
                    push(inside, (pace + upload.work, next(number), upload))
                else:
                    waiting.append(upload)
            else:
                self._take(ahead.popleft(), now)
        # The next run goes on from here.
        if until < never:
            if inside:
                pace += (until - now) * rates[len(inside) - 1] / len(inside)
            now = until
        self._now, self._pace = now, pace

    def _take(self, upload: Upload, now: float) -> None:
        if upload.work == 0:
            self._finish(upload, now + HIT_S)
            return
        # A free decode process now, or the one that is free first.
        ends = self._decoders
        begin = now if len(ends) < self.machine.decoders else max(now, heapq.heappop(ends))
        heapq.heappush(ends, begin + upload.decode_s)
        heapq.heappush(self._decoding, (begin + upload.decode_s, next(self._number), upload))
        at_work = len(self._decoding) + len(self._waiting) + len(self._inside)
        self.taken_at_most = max(self.taken_at_most, at_work)

    def _finish(self, upload: Upload, at: float) -> None:
        upload.done = at
        self.finished.append(upload)


def _by_sight(upload: Upload) -> tuple[float, float]:
    return upload.available, upload.arrived


def _by_arrival(upload: Upload) -> float:
    return upload.arrived
