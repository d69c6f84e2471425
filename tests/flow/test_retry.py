"""Retries are bounded, jittered, and only for what may heal."""

from __future__ import annotations

import pytest

from worker.domain.failure import Failure, Poison, Reason, Systemic, Transient
from worker.flow.retry import MAX_RETRY_AFTER_S, Retry

QUICK = Retry(attempts=3, base_s=0.001, cap_s=0.002)


class Flaky:
    """Fails as told, then answers."""

    def __init__(self, *failures: Failure) -> None:
        self.failures = list(failures)
        self.calls = 0

    async def __call__(self) -> str:
        self.calls += 1
        if self.failures:
            raise self.failures.pop(0)
        return "done"


def transient() -> Transient:
    return Transient(Reason.FETCH_TIMEOUT, "slow")


async def test_heals() -> None:
    call, noted = Flaky(transient(), transient()), list[Failure]()
    assert await QUICK.run(call, noted.append) == "done"
    assert call.calls == 3
    assert len(noted) == 2


async def test_gives_up_with_the_last_failure() -> None:
    failures = [transient() for _ in range(5)]
    call, noted = Flaky(*failures), list[Failure]()
    with pytest.raises(Transient) as caught:
        await QUICK.run(call, noted.append)
    assert caught.value is failures[2]
    assert noted == failures[:3]


@pytest.mark.parametrize("kind", [Poison, Systemic])
async def test_never_repeats_what_cannot_heal(kind: type[Failure]) -> None:
    call = Flaky(kind(Reason.ENGINE_DEAD, "gone"))
    with pytest.raises(kind):
        await QUICK.run(call, lambda _: None)
    assert call.calls == 1


def test_pauses_are_full_jitter_within_the_bound() -> None:
    retry = Retry(attempts=9, base_s=1, cap_s=5)
    for attempt, longest in [(1, 1), (2, 2), (3, 4), (4, 5), (30, 5)]:
        pauses = [retry.pause(attempt, transient()) for _ in range(300)]
        assert 0 <= min(pauses) < longest * 0.2
        assert longest * 0.8 < max(pauses) <= longest


def test_the_other_sides_wish_is_heard_within_reason() -> None:
    wish = Transient(Reason.FETCH_FAILED, "busy", retry_after=2.5)
    assert Retry().pause(1, wish) == 2.5
    absurd = Transient(Reason.FETCH_FAILED, "busy", retry_after=1e9)
    assert Retry().pause(1, absurd) == MAX_RETRY_AFTER_S


@pytest.mark.parametrize(("wish_s", "calls"), [(0.001, 2), (0.5, 1)])
async def test_a_long_wait_is_left_to_a_retry_topic(wish_s: float, calls: int) -> None:
    retry = Retry(attempts=2, base_s=0.001, cap_s=0.002, patience_s=0.1)
    call = Flaky(*[Transient(Reason.FETCH_FAILED, "busy", retry_after=wish_s)] * 2)
    with pytest.raises(Transient):
        await retry.run(call, lambda _: None)
    assert call.calls == calls
