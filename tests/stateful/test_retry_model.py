"""Retries against their formula: how often, how long, and for how long in all."""

from __future__ import annotations

import asyncio
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.stateful.virtual_loop import VirtualLoop
from worker.domain.failure import Failure, Reason, Transient
from worker.flow.retry import MAX_RETRY_AFTER_S, Retry

retries = st.builds(
    Retry,
    attempts=st.integers(1, 12),
    base_s=st.floats(0.001, 10),
    cap_s=st.floats(0.001, 100),
)
wishes = st.none() | st.floats(0, 1e6)


def transient(wish: float | None = None) -> Transient:
    return Transient(Reason.FETCH_FAILED, "busy", retry_after=wish)


def longest(retry: Retry, attempt: int) -> float:
    """base, 2 base, 4 base ... up to the cap; by doubling, not by a power."""
    seconds = retry.base_s
    for _ in range(attempt - 1):
        seconds = min(2 * seconds, 1e9)
    return min(seconds, retry.cap_s)


@settings(max_examples=300, deadline=None)
@given(retries, st.integers(1, 60), st.integers())
def test_a_pause_is_drawn_evenly_up_to_its_bound(retry: Retry, attempt: int, seed: int) -> None:
    bound = longest(retry, attempt)
    random.seed(seed)
    expected = random.uniform(0, bound)
    random.seed(seed)
    pause = retry.pause(attempt, transient())
    assert pause == expected
    assert 0 <= pause <= bound


@settings(max_examples=100, deadline=None)
@given(retries, st.integers(1, 60), st.floats(0, 1e9))
def test_a_servers_wish_takes_the_place_of_the_draw(
    retry: Retry, attempt: int, wish: float
) -> None:
    assert retry.pause(attempt, transient(wish)) == min(wish, MAX_RETRY_AFTER_S)


@settings(max_examples=150, deadline=None)
@given(retries, st.lists(wishes, max_size=15), st.integers())
def test_a_run_waits_as_its_pauses_say_and_no_longer(
    retry: Retry, failures: list[float | None], seed: int
) -> None:
    """On a virtual loop, so that the waits are real and cost nothing."""
    noted: list[Failure] = []
    calls = 0

    async def call() -> str:
        nonlocal calls
        calls += 1
        if calls <= len(failures):
            raise transient(failures[calls - 1])
        return "done"

    async def run() -> tuple[object, float]:
        begun = asyncio.get_running_loop().time()
        result: object
        try:
            result = await retry.run(call, noted.append)
        except Transient as failure:
            result = failure
        return result, asyncio.get_running_loop().time() - begun

    random.seed(seed)
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        result, waited = runner.run(run())

    tries = min(retry.attempts, len(failures) + 1)
    assert calls == tries
    assert len(noted) == min(len(failures), retry.attempts)
    assert (result == "done") == (len(failures) < retry.attempts)
    if result != "done":
        assert result is noted[-1]
    random.seed(seed)
    expected = sum(
        min(wish, MAX_RETRY_AFTER_S)
        if wish is not None
        else random.uniform(0, longest(retry, attempt))
        for attempt, wish in enumerate(failures[: tries - 1], start=1)
    )
    assert abs(waited - expected) <= 1e-6 * max(1.0, expected)
