"""What every cache must do, asked of the one in memory and of a real Redis."""

from __future__ import annotations

import asyncio
import time
import uuid

import pytest

from tests.cache.subject import LEASE_S, MAX_BYTES, Subject, make_key
from tests.support.factories import make_answer, make_identity
from worker.domain.answer import Conclusion, Override
from worker.domain.cache_key import CacheKey
from worker.domain.clock import SystemClock


async def test_the_first_to_ask_gets_the_lease_and_the_second_waits(subject: Subject) -> None:
    key = make_key()
    assert (await subject.one.claim(key)).lease
    second = await subject.other.claim(key)
    assert second.lease is None
    assert second.answer is None


async def test_an_answer_that_was_stored_is_given(subject: Subject) -> None:
    key, answer = make_key(), make_answer()
    lease = (await subject.one.claim(key)).lease
    assert lease
    assert await subject.one.store(lease, answer)
    assert (await subject.other.claim(key)).answer == answer


async def test_a_waiter_is_woken_by_the_answer(subject: Subject) -> None:
    key = make_key()
    lease = (await subject.one.claim(key)).lease
    assert lease
    await subject.one.renew(lease)
    begun = time.monotonic()
    waiting = asyncio.create_task(subject.other.wait(key))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    await subject.one.store(lease, make_answer())
    await asyncio.wait_for(waiting, 5)
    assert time.monotonic() - begun < LEASE_S  # by the store, and not by the lease's end


async def test_a_waiter_is_woken_by_a_lease_given_back(subject: Subject) -> None:
    key = make_key()
    lease = (await subject.one.claim(key)).lease
    assert lease
    waiting = [asyncio.create_task(subject.other.wait(key)) for _ in range(3)]
    await asyncio.sleep(0.1)
    await subject.one.release(lease)
    await asyncio.wait_for(asyncio.gather(*waiting), 5)
    assert (await subject.other.claim(key)).lease


async def test_a_wait_ends_with_the_lease_of_a_holder_that_vanished(subject: Subject) -> None:
    key = make_key()
    await subject.one.claim(key)
    await asyncio.wait_for(subject.other.wait(key), LEASE_S + 5)
    await asyncio.sleep(0.05)
    assert (await subject.other.claim(key)).lease


async def test_a_wait_without_a_lease_returns_at_once(subject: Subject) -> None:
    await asyncio.wait_for(subject.one.wait(make_key()), 1)


async def test_a_renewed_lease_lasts_longer(subject: Subject) -> None:
    key = make_key()
    lease = (await subject.one.claim(key)).lease
    assert lease
    for _ in range(3):
        await asyncio.sleep(LEASE_S / 2)
        assert await subject.one.renew(lease)
    assert (await subject.other.claim(key)).lease is None


async def test_a_holder_that_slept_too_long_changes_nothing(subject: Subject) -> None:
    key = make_key()
    late = (await subject.one.claim(key)).lease
    await asyncio.sleep(LEASE_S + 0.1)
    now = (await subject.other.claim(key)).lease
    assert late
    assert now
    assert now.token > late.token
    assert not await subject.one.renew(late)
    assert not await subject.one.store(late, make_answer())
    await subject.one.release(late)
    assert (await subject.one.claim(key)).lease is None  # the other still holds it
    assert await subject.other.store(now, make_answer())


@pytest.mark.parametrize("data", [b"", b"not json", b"\xff\x00", b'{"conclusion": "real"}', b"[]"])
async def test_a_stored_value_that_cannot_be_read_is_a_miss(subject: Subject, data: bytes) -> None:
    key, answer = make_key(), make_answer()
    await subject.put_raw(key, data)
    claim = await subject.one.claim(key)
    assert claim.answer is None
    assert claim.lease
    assert await subject.one.store(claim.lease, answer)
    assert (await subject.one.claim(key)).answer == answer


async def test_an_answer_over_the_size_limit_is_not_kept(subject: Subject) -> None:
    key = make_key()
    lease = (await subject.one.claim(key)).lease
    assert lease
    answer = make_answer().model_copy(update={"explanation": "x" * MAX_BYTES})
    assert not await subject.one.store(lease, answer)
    claim = await subject.other.claim(key)
    assert claim.answer is None
    assert claim.lease


async def test_an_override_comes_with_every_claim(subject: Subject) -> None:
    key = make_key()
    override = Override(
        conclusion=Conclusion.REAL, decided_by="ann", decided_at=SystemClock().now()
    )
    await subject.one.set_override(key.sha256, override)
    first = await subject.other.claim(key)
    assert first.override == override
    assert (await subject.other.claim(key)).override == override
    assert first.lease
    await subject.other.store(first.lease, make_answer())
    assert (await subject.other.claim(key)).override == override
    await subject.one.set_override(key.sha256, None)
    assert (await subject.other.claim(key)).override is None


async def test_contents_and_models_have_leases_of_their_own(subject: Subject) -> None:
    sha256 = uuid.uuid4().hex * 2
    other_model = make_identity().model_copy(update={"prompt_version": "another"})
    for key in (
        CacheKey.of(sha256, make_identity()),
        CacheKey.of(sha256, other_model),
        make_key(),
    ):
        assert (await subject.one.claim(key)).lease
