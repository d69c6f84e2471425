"""How many decode processes there should be, on a clock of the test's own."""

from __future__ import annotations

from dataclasses import dataclass, field

from worker.decode.sizing import GROW_AFTER_S, SHRINK_AFTER_S, Sizing

STEP_S = 0.25


@dataclass(slots=True)
class Plant:
    """A pool that does at once what it is told."""

    sizing: Sizing = field(default_factory=lambda: Sizing(least=1, most=4))
    processes: int = 1
    now: float = 0.0

    def run(
        self,
        seconds: float,
        *,
        busy: int = 0,
        waiting: int = 0,
        starting: int = 0,
        room: bool = True,
    ) -> int:
        """Go on for so long in one state; how many processes there are then."""
        end = self.now + seconds
        while self.now < end:
            self.now += STEP_S
            self.processes = self.sizing.wanted(
                self.now,
                processes=self.processes,
                starting=starting,
                busy=min(busy, self.processes),
                waiting=waiting,
                engine_has_room=room,
            )
        return self.processes


def test_it_is_never_less_than_the_least() -> None:
    assert Plant(Sizing(least=3, most=4), processes=1).run(STEP_S) == 3
    assert Plant().run(3 * SHRINK_AFTER_S) == 1


def test_a_short_burst_changes_nothing() -> None:
    plant = Plant()
    for _ in range(20):
        plant.run(GROW_AFTER_S / 2, busy=1, waiting=5)
        plant.run(GROW_AFTER_S / 2, busy=1)
    assert plant.processes == 1


def test_files_that_go_on_waiting_bring_one_process_after_another_up_to_the_most() -> None:
    plant = Plant()
    assert plant.run(GROW_AFTER_S + STEP_S, busy=9, waiting=5) == 2
    assert plant.run(60, busy=9, waiting=5) == 4


def test_none_is_added_while_one_is_on_its_way() -> None:
    plant = Plant(processes=2)
    assert plant.run(30, busy=1, waiting=5, starting=1) == 2
    assert plant.run(GROW_AFTER_S / 2, busy=2, waiting=5) == 2
    assert plant.run(GROW_AFTER_S, busy=2, waiting=5) == 3


def test_a_full_engine_wants_no_more_pixels() -> None:
    plant = Plant()
    assert plant.run(60, busy=1, waiting=5, room=False) == 1
    assert plant.run(GROW_AFTER_S + STEP_S, busy=1, waiting=5) == 2


def test_what_was_not_needed_goes_one_at_a_time() -> None:
    plant = Plant(processes=4)
    assert plant.run(SHRINK_AFTER_S - 1, busy=1) == 4
    assert plant.run(2, busy=1) == 3
    assert plant.run(3 * SHRINK_AFTER_S, busy=1) == 1


def test_as_many_are_kept_as_were_busy_at_once() -> None:
    plant = Plant(processes=4)
    for _ in range(40):
        plant.run(SHRINK_AFTER_S / 4 - 1, busy=0)
        plant.run(1, busy=3)
    assert plant.processes == 3
