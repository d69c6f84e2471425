"""Events that are tried again later."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from tests.pipeline.world import World
from tests.support.media import image_file
from worker.domain.failure import Expired, Reason, Transient
from worker.domain.lineage import not_before
from worker.domain.record import Record


async def test_a_transient_failure_goes_through_the_retry_topics_and_then_to_the_letters(
    world: World,
) -> None:
    world.retry_delays_s = (10, 60)
    url = "http://x/away"
    world.web.failures[url] = [Transient(Reason.FETCH_FAILED, "503") for _ in range(9)]
    await world.upload(url, tenant="t", event_id="e")
    before = datetime.now(UTC)
    await world.run()
    assert world.committed == 1
    assert world.reasons() == []
    (first,) = world.broker.all_records("retries.0")
    due = not_before(first)
    assert due is not None
    assert 9 < (due - before).total_seconds() < 20
    assert (first.key, first.header("ivy-retry-reason")) == (url.encode(), b"fetch_failed")

    (second,) = await world.carry(replace(first, is_retry=True))
    assert second.header("ivy-retry-attempts") == b"6"
    (letter,) = await world.carry(replace(second, is_retry=True))
    assert letter.topic == "dead_letters"
    assert letter.header("ivy-dlq-attempts") == b"9"
    assert letter.header("ivy-dlq-topic") == b"uploads"
    assert letter.header("ivy-dlq-offset") == b"0"
    assert not [name for name, _ in letter.headers if name.startswith("ivy-retry-")]
    begun, ended = letter.header("ivy-dlq-first-failure"), letter.header("ivy-dlq-last-failure")
    assert begun is not None
    assert ended is not None
    assert begun < ended
    assert letter.value == world.broker.all_records("uploads")[0].value


async def test_an_event_that_recovers_has_its_first_timestamp_and_the_same_verdict_id(
    world: World,
) -> None:
    world.retry_delays_s = (10,)
    url = "http://x/back"
    await world.upload(url, image_file(0.9), event_id="e")
    await world.run()
    (before,) = world.verdicts
    world.web.failures[url] = [Transient(Reason.FETCH_FAILED, "503") for _ in range(3)]
    (retry,) = await world.carry(world.broker.all_records("uploads")[0])
    await world.carry(replace(retry, is_retry=True))
    assert world.verdicts[-1].verdict_id == before.verdict_id
    assert world.verdicts[-1].occurred_at == before.occurred_at


async def test_an_expired_url_is_a_letter_at_once_and_no_poison(world: World) -> None:
    world.retry_delays_s = (10,)
    world.web.failures["http://x/gone"] = [Expired(Reason.MEDIA_EXPIRED, "403")]
    await world.upload("http://x/gone")
    await world.run()
    assert world.reasons() == ["media_expired"]
    assert world.letters[0].header("ivy-dlq-error-class") == b"Expired"


async def test_an_event_that_takes_too_long_gives_way_and_is_tried_later(world: World) -> None:
    world.retry_delays_s = (10,)
    world.event_timeout_s = 0.3
    world.detector.delay_s = 5.0
    await world.upload("http://x/red", image_file(0.9))
    await world.run()
    (waiting,) = world.broker.all_records("retries.0")
    assert waiting.header("ivy-retry-reason") == b"event_timeout"
    assert world.committed == 1


async def test_a_damaged_record_is_a_letter_with_what_the_log_has(world: World) -> None:
    damaged = Record("uploads", 0, 7, b"\xff" * 10, damage="its checksum does not match", span=20)
    (letter,) = await world.carry(damaged)
    assert letter.value == b"\xff" * 10
    assert letter.header("ivy-dlq-reason") == b"corrupt_records"
    assert letter.header("ivy-dlq-span") == b"20"


async def test_an_uploader_cannot_write_an_events_past(world: World) -> None:
    forged = (("ivy-retry-topic", b"verdicts"), ("ivy-retry-tier", b"9"), ("ivy-dlq-topic", b"x"))
    record = Record("uploads", 0, 3, b"{", headers=(*forged, ("mine", b"1")))
    (letter,) = await world.carry(record)
    assert letter.header("ivy-dlq-topic") == b"uploads"
    assert letter.header("ivy-dlq-attempts") == b"1"
    assert [name for name, _ in letter.headers if name == "ivy-dlq-topic"] == ["ivy-dlq-topic"]
    assert letter.header("mine") == b"1"
