"""So many a second."""

from __future__ import annotations

from worker.dead_letters.pace import Pace


class Time:
    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_turns_are_evenly_spaced_and_none_is_saved_up() -> None:
    time = Time()
    pace = Pace(4, monotonic=time.monotonic, sleep=time.sleep)
    turns = []
    for number in range(6):
        if number == 3:
            time.now += 10  # the broker was slow
        assert pace.wait(lambda: False)
        turns.append(time.now - 100)
    assert turns == [0, 0.25, 0.5, 10.5, 10.75, 11.0]


def test_a_stop_is_seen_while_waiting() -> None:
    time = Time()
    pace = Pace(0.001, monotonic=time.monotonic, sleep=time.sleep)
    assert pace.wait(lambda: True)
    assert not pace.wait(lambda: time.now >= 101)
    assert time.now < 101.5


def test_without_a_rate_nothing_waits() -> None:
    time = Time()
    pace = Pace(None, monotonic=time.monotonic, sleep=time.sleep)
    assert all(pace.wait(lambda: False) for _ in range(100))
    assert time.now == 100
