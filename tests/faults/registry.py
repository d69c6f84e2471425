"""All scenarios, by their numbers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from types import ModuleType

from tests.faults.lab import Lab
from tests.faults.result import Result
from tests.faults.scenarios import (
    clock_jumps,
    corrupt_batches,
    dead_letters_away,
    disk_full,
    drain_under_load,
    kill_broker,
    kill_engine,
    kill_worker,
    network_cut,
    redis_faults,
    rolling_restart,
    slow_engine,
)
from tests.faults.size import Size

MODULES: tuple[ModuleType, ...] = (
    kill_worker,
    kill_engine,
    kill_broker,
    redis_faults,
    rolling_restart,
    slow_engine,
    corrupt_batches,
    drain_under_load,
    dead_letters_away,
    clock_jumps,
    disk_full,
    network_cut,
)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One fault, in the forms that it is run in."""

    number: int
    name: str
    forms: tuple[str, ...]
    short_forms: tuple[str, ...]
    """Those of the short suite; none where it takes too long for it."""
    run: Callable[[Lab, Size, str], Result]

    def forms_for(self, size: Size) -> tuple[str, ...]:
        """Those of a size."""
        return self.short_forms if size is Size.SHORT else self.forms


def _read(module: ModuleType) -> Scenario:
    return Scenario(module.NUMBER, module.NAME, module.FORMS, module.SHORT_FORMS, module.run)


SCENARIOS: dict[int, Scenario] = {one.number: one for one in map(_read, MODULES)}


def run(lab: Lab, scenario: Scenario, size: Size, form: str) -> Result:
    """Run one form, and leave the lab whole. What it raises becomes a problem of its row."""
    begun = time.monotonic()
    try:
        result = scenario.run(lab, size, form)
    except Exception as error:  # noqa: BLE001 - the other scenarios are still worth running
        notes = " ".join([*getattr(error, "__notes__", ()), *lab.last_words()])
        problem = f"{type(error).__name__}: {error} {notes}".strip()
        result = Result(
            scenario.number, scenario.name, form, 0, 0, 0, None, "it broke off", (problem,)
        )
    lab.mend()  # not where somebody interrupts: then it is ended
    return replace(result, seconds=time.monotonic() - begun)


def chosen(numbers: Iterable[int], size: Size) -> list[tuple[Scenario, str]]:
    """All forms of these scenarios; or what belongs to the size, where none is named."""
    wanted = set(numbers)
    return [
        (scenario, form)
        for number, scenario in sorted(SCENARIOS.items())
        if not wanted or number in wanted
        for form in (scenario.forms if wanted else scenario.forms_for(size))
    ]
