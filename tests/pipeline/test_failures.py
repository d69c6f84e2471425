"""What becomes of an event that fails."""

from __future__ import annotations

import pytest

from tests.pipeline.world import World
from tests.support.media import image_file
from tests.twins.stream import MemorySink
from worker.domain.failure import Poison, Reason, Systemic, Transient
from worker.domain.record import Message


async def test_bad_events_become_dead_letters_and_stop_nobody(world: World) -> None:
    await world.broker.append("uploads", b"not json", key=b"k")
    await world.broker.append("uploads", None)
    await world.broker.append("uploads", b'{"event_id": "x"}')
    await world.upload("http://x/text", b"no image at all")
    await world.upload("http://x/cut", image_file(0.9, "JPEG")[:500])
    world.web.failures["http://x/gone"] = [Poison(Reason.MEDIA_NOT_FOUND, "gone")]
    await world.upload("http://x/gone")
    await world.upload("http://x/good", image_file(0.9))
    await world.run()
    assert sorted(world.reasons()) == [
        "media_not_found",
        "media_undecodable",
        "media_unsupported",
        "not_json",
        "not_json",
        "schema_invalid",
    ]
    assert len(world.verdicts) == 1
    assert world.committed == world.waiting


async def test_a_dead_letter_is_a_copy_with_its_story(world: World) -> None:
    record = await world.broker.append("uploads", b"\xff", key=b"k", headers=(("h", b"v"),))
    await world.run()
    (letter,) = world.letters
    assert (letter.value, letter.key) == (b"\xff", b"k")
    assert letter.header("h") == b"v"
    assert letter.header("ivy-dlq-topic") == b"uploads"
    assert letter.header("ivy-dlq-offset") == str(record.offset).encode()


async def test_a_transient_failure_is_tried_again(world: World) -> None:
    world.web.failures["http://x/busy"] = [
        Transient(Reason.FETCH_FAILED, "503"),
        Transient(Reason.FETCH_TIMEOUT, "slow"),
    ]
    await world.upload("http://x/busy", image_file(0.9))
    await world.run()
    assert len(world.verdicts) == 1
    assert world.web.fetched == 3


async def test_a_failure_that_does_not_go_away_becomes_a_dead_letter(world: World) -> None:
    failures: list[Exception] = [Transient(Reason.FETCH_FAILED, "503") for _ in range(9)]
    world.web.failures["http://x/down"] = failures
    await world.upload("http://x/down", image_file(0.9))
    await world.run()
    (letter,) = world.letters
    assert letter.header("ivy-dlq-reason") == b"fetch_failed"
    assert letter.header("ivy-dlq-attempts") == b"3"
    assert world.committed == 1


async def test_an_engine_that_fails_once_is_asked_again(world: World) -> None:
    world.detector.fail_next = [Transient(Reason.ENGINE_FAILED, "hiccup")]
    await world.upload("http://x/red", image_file(0.9))
    await world.run()
    assert len(world.verdicts) == 1
    assert world.detector.asked == 2


async def test_a_dead_engine_stops_the_worker_and_nothing_is_lost(world: World) -> None:
    world.detector.kill()
    for number in range(5):
        await world.upload(f"http://x/{number}", image_file(0.9, seed=number))
    with pytest.raises(Systemic) as stopped:
        await world.run()
    assert stopped.value.reason is Reason.ENGINE_DEAD
    assert world.verdicts == []
    assert world.letters == []
    assert world.committed == 0


async def test_a_bug_costs_one_event_and_not_the_worker(world: World) -> None:
    world.web.failures["http://x/bug"] = [ZeroDivisionError("a bug")]
    await world.upload("http://x/bug", b"x")
    await world.upload("http://x/good", image_file(0.9))
    await world.run()
    assert world.reasons() == ["internal"]
    assert len(world.verdicts) == 1
    assert "a bug" not in str(world.letters[0].headers)


async def test_what_cannot_be_published_is_not_committed(world: World) -> None:
    class BrokenSink(MemorySink):
        async def publish(self, message: Message) -> None:
            raise Systemic(Reason.STREAM_FAILED, "no replica took it")

    world.sink = BrokenSink(world.broker)
    await world.upload("http://x/red", image_file(0.9))
    with pytest.raises(Systemic):
        await world.run()
    assert world.committed == 0
