"""What every cache must remember of contents that the engine died over."""

from __future__ import annotations

import asyncio

from tests.cache.subject import LEASE_S, SUSPICION_S, Subject, make_key
from tests.support.factories import make_answer, make_identity
from worker.cache.protocol import Cache
from worker.cache.suspicion import NO_SUSPICION, Standing, Suspicion
from worker.domain.cache_key import CacheKey
from worker.domain.clock import SystemClock


async def suspicion_of(cache: Cache, key: CacheKey) -> Suspicion:
    """As the next worker finds it."""
    return (await cache.claim(key)).suspicion


async def test_a_content_that_nobody_accused_is_clear(subject: Subject) -> None:
    assert await suspicion_of(subject.one, make_key()) == NO_SUSPICION


async def test_an_accusation_comes_with_every_claim(subject: Subject) -> None:
    keys = [make_key() for _ in range(3)]
    before = SystemClock().now().timestamp() * 1000 - 1
    await subject.one.accuse(keys, alone=False)
    for key in keys:
        claim = await subject.other.claim(key)
        assert claim.lease
        assert claim.suspicion.standing is Standing.SUSPECTED
        assert (claim.suspicion.deaths, claim.suspicion.among) == (1, 3)
        assert before <= claim.suspicion.last_death_ms <= before + 10_000
        # Also with those who have no lease.
        assert await suspicion_of(subject.one, key) == claim.suspicion
    assert await suspicion_of(subject.other, make_key()) == NO_SUSPICION


async def test_deaths_are_counted_and_the_smallest_company_is_kept(subject: Subject) -> None:
    key = make_key()
    for others, deaths, among in ((4, 1, 5), (1, 2, 2), (7, 3, 2)):
        await subject.one.accuse([key, *(make_key() for _ in range(others))], alone=False)
        suspicion = await suspicion_of(subject.other, key)
        assert (suspicion.deaths, suspicion.among) == (deaths, among)
        assert not suspicion.convicted


async def test_who_was_asked_about_alone_is_convicted_and_stays_so(subject: Subject) -> None:
    key = make_key()
    await subject.one.accuse([key, make_key()], alone=False)
    await subject.one.accuse([key], alone=True)
    suspicion = await suspicion_of(subject.other, key)
    assert suspicion.standing is Standing.CONVICTED
    assert (suspicion.deaths, suspicion.among) == (2, 1)
    await subject.one.accuse([key, make_key()], alone=False)
    assert (await suspicion_of(subject.other, key)).standing is Standing.CONVICTED


async def test_one_that_was_in_it_alone_by_chance_is_only_suspected(subject: Subject) -> None:
    key = make_key()
    await subject.one.accuse([key], alone=False)
    suspicion = await suspicion_of(subject.other, key)
    assert (suspicion.standing, suspicion.among) == (Standing.SUSPECTED, 1)


async def test_an_answer_ends_the_suspicion_and_a_failure_does_not(subject: Subject) -> None:
    key = make_key()
    await subject.one.accuse([key], alone=False)
    first = await subject.one.claim(key)
    assert first.lease
    await subject.one.release(first.lease)
    second = await subject.one.claim(key)
    assert second.suspicion == first.suspicion
    assert second.lease
    assert await subject.one.store(second.lease, make_answer())
    assert await suspicion_of(subject.other, key) == NO_SUSPICION


async def test_a_late_answer_of_a_lost_lease_acquits_nobody(subject: Subject) -> None:
    key = make_key()
    late = (await subject.one.claim(key)).lease
    assert late
    await asyncio.sleep(LEASE_S + 0.1)
    assert (await subject.other.claim(key)).lease
    await subject.other.accuse([key], alone=False)
    assert not await subject.one.store(late, make_answer())
    assert (await suspicion_of(subject.one, key)).deaths == 1


async def test_a_suspicion_is_forgotten_in_time_and_each_death_begins_it_anew(
    subject: Subject,
) -> None:
    key = make_key()
    await subject.one.accuse([key], alone=False)
    await asyncio.sleep(SUSPICION_S * 0.7)
    await subject.one.accuse([key], alone=False)
    await asyncio.sleep(SUSPICION_S * 0.7)
    assert (await suspicion_of(subject.one, key)).deaths == 2
    await asyncio.sleep(SUSPICION_S * 0.5)
    assert await suspicion_of(subject.one, key) == NO_SUSPICION


async def test_another_model_may_well_survive_it(subject: Subject) -> None:
    key = make_key()
    other = CacheKey.of(key.sha256, make_identity(revision="r2"))
    await subject.one.accuse([key], alone=True)
    assert await suspicion_of(subject.one, other) == NO_SUSPICION


async def test_accusing_nobody_is_nothing(subject: Subject) -> None:
    await subject.one.accuse([], alone=False)


async def test_a_suspicion_comes_with_an_answer_that_was_there_before(subject: Subject) -> None:
    key = make_key()
    lease = (await subject.one.claim(key)).lease
    assert lease
    await subject.one.store(lease, make_answer())
    await subject.one.accuse([key], alone=False)
    claim = await subject.other.claim(key)
    assert claim.answer
    assert claim.suspicion.deaths == 1
