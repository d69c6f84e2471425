"""The way of one event, on twins: every outcome that it can have."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.factories import make_record
from tests.support.media import image_file, video_file
from tests.twins.decoder import InProcessDecoder
from tests.twins.detector import FakeDetector
from tests.twins.stream import MemoryBroker, MemorySink, MemorySource
from worker.answering.answerer import Answerer
from worker.cache.memory import MemoryCache
from worker.cache.single_flight import SingleFlight
from worker.domain.answer import Conclusion, Override
from worker.domain.clock import SystemClock
from worker.domain.failure import Poison, Reason, Systemic, Transient
from worker.domain.media import Content
from worker.domain.procedure import Procedure
from worker.domain.record import Message, Record
from worker.domain.upload import MediaReference
from worker.domain.verdict import (
    ActionHint,
    Label,
    Mode,
    ThresholdRule,
    Thresholds,
    VerdictEvent,
)
from worker.events.codec import EventCodec
from worker.fetch.config import FetchConfig
from worker.fetch.protocol import OnSize
from worker.fetch.router import FetchRouter
from worker.flow.byte_budget import ByteBudget
from worker.flow.retry import Retry
from worker.models.spec import load_spec
from worker.pipeline import Pipeline, Rooms, VerdictPolicy
from worker.stream.protocol import OutcomeTooLarge
from worker.telemetry.metrics import Metrics

SPEC = load_spec("tiny")


class Web:
    """URLs that answer as a test says; what has no answer is fetched for real (inline)."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.failures: dict[str, list[Exception]] = {}
        self.fetched = 0
        self._router = FetchRouter(FetchConfig())

    async def fetch(self, media: MediaReference, on_size: OnSize) -> Content:
        self.fetched += 1
        if media.url is None:
            return await self._router.fetch(media, on_size)
        if self.failures.get(media.url):
            raise self.failures[media.url].pop(0)
        data = self.files[media.url]
        on_size(len(data))
        return Content.of(data)

    async def close(self) -> None:
        await self._router.close()


@dataclass
class World:
    """A worker on twins."""

    broker: MemoryBroker = field(default_factory=MemoryBroker)
    cache: MemoryCache = field(default_factory=MemoryCache)
    detector: FakeDetector = field(default_factory=lambda: FakeDetector(SPEC))
    web: Web = field(default_factory=Web)
    policy: VerdictPolicy = field(default_factory=VerdictPolicy)
    procedure: Procedure = field(default_factory=Procedure)
    max_in_flight: int = 100

    def __post_init__(self) -> None:
        self.source = MemorySource(
            self.broker, "uploads", "group", max_in_flight=self.max_in_flight
        )
        self.sink = MemorySink(self.broker)
        self.memory = ByteBudget(10_000_000)

    @property
    def pipeline(self) -> Pipeline:
        retry = Retry(attempts=3, base_s=0.001, cap_s=0.001)
        return Pipeline(
            Rooms(
                codec=EventCodec(),
                fetcher=self.web,
                answers=SingleFlight(self.cache, renew_every_s=10),
                answerer=Answerer(
                    InProcessDecoder(),
                    self.detector,
                    procedure=self.procedure,
                    retry=retry,
                    clock=SystemClock(),
                ),
                sink=self.sink,
            ),
            policy=self.policy,
            retry=retry,
            memory=self.memory,
            metrics=Metrics(),
            clock=SystemClock(),
        )

    async def upload(self, url: str, data: bytes | None = None, **fields: Any) -> str:
        """Publish an upload event; its id."""
        if data is not None:
            self.web.files[url] = data
        event_id = str(fields.pop("event_id", uuid.uuid4()))
        event = {"event_id": event_id, "content_id": url, "media": {"url": url}, **fields}
        await self.broker.append("uploads", json.dumps(event).encode(), key=url.encode())
        return event_id

    async def run(self) -> None:
        """Carry everything that is there, then stop as a drain does."""
        await self.source.start()
        running = asyncio.create_task(self.pipeline.run(self.source))
        async with asyncio.timeout(30):
            while not running.done() and self.committed < self.waiting:
                await asyncio.sleep(0.005)
            await self.source.stop_taking()
            await running

    @property
    def waiting(self) -> int:
        return len(self.broker.all_records("uploads"))

    @property
    def committed(self) -> int:
        return sum(self.broker.offsets["group"].values())

    @property
    def verdicts(self) -> list[VerdictEvent]:
        return [
            VerdictEvent.model_validate_json(record.value or b"")
            for record in self.broker.all_records("verdicts")
        ]

    @property
    def letters(self) -> list[Record]:
        return self.broker.all_records("dead_letters")

    def reasons(self) -> list[str]:
        return [(record.header("ivy-dlq-reason") or b"").decode() for record in self.letters]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    yield world
    await world.web.close()


async def test_an_upload_becomes_a_verdict(world: World) -> None:
    blue = image_file(-0.9)
    event_id = await world.upload(
        "http://x/blue.png", blue, tenant="acme", surface="avatar", album=7
    )
    await world.run()
    (verdict,) = world.verdicts
    assert verdict.event_id == event_id
    assert verdict.content_id == "http://x/blue.png"
    assert verdict.content_hash == f"sha256:{Content.of(blue).sha256}"
    assert (verdict.tenant, verdict.surface) == ("acme", "avatar")
    assert verdict.label is Label.AI_GENERATED
    assert verdict.action_hint is ActionHint.BLOCK
    assert verdict.explanation == "This image is mostly blue."
    assert verdict.context == {"album": 7}
    assert verdict.model == world.detector.identity.model_copy(
        update={"procedure_version": Procedure().version}
    )
    assert verdict.media.mime == "image/png"
    assert not verdict.cache.cached
    assert verdict.advisory is True
    assert {"validate", "fetch", "answer", "decode", "engine", "total"} <= set(verdict.timings_ms)
    assert world.committed == 1


async def test_red_is_authentic_and_a_video_is_a_video(world: World) -> None:
    await world.upload("http://x/red.mp4", video_file(0.9))
    await world.run()
    (verdict,) = world.verdicts
    assert verdict.label is Label.AUTHENTIC
    assert verdict.action_hint is ActionHint.ALLOW
    assert verdict.media.codec == "h264"


async def test_equal_content_is_asked_about_once(world: World) -> None:
    blue = image_file(-0.9)
    for number in range(10):
        await world.upload(f"http://x/{number}", blue)
    await world.run()
    assert world.detector.asked == 1
    assert len(world.verdicts) == 10
    assert [verdict.cache.cached for verdict in world.verdicts].count(False) == 1
    assert len({verdict.verdict_id for verdict in world.verdicts}) == 10


async def test_a_redelivered_event_has_the_same_verdict_id(world: World) -> None:
    blue = image_file(-0.9)
    for _ in range(2):
        await world.upload("http://x/blue", blue, event_id="the-same")
    await world.run()
    first, second = world.verdicts
    assert first.verdict_id == second.verdict_id


async def test_a_human_decision_wins(world: World) -> None:
    blue = image_file(-0.9)
    override = Override(
        conclusion=Conclusion.REAL, decided_by="ann", decided_at=SystemClock().now()
    )
    await world.cache.set_override(Content.of(blue).sha256, override)
    await world.upload("http://x/blue", blue)
    await world.run()
    (verdict,) = world.verdicts
    assert verdict.label is Label.AUTHENTIC
    assert verdict.score_kind == "human"


async def test_shadow_mode_is_said_in_every_verdict(world: World) -> None:
    world.policy = VerdictPolicy(mode=Mode.SHADOW)
    await world.upload("http://x/blue", image_file(-0.9))
    await world.run()
    assert world.verdicts[0].mode is Mode.SHADOW


async def test_thresholds_may_differ_by_tenant_and_surface(world: World) -> None:
    never = Thresholds(authentic_below=0.0, ai_generated_from=1.0, block_from=1.0)
    strict = Thresholds(authentic_below=0.0, ai_generated_from=0.0, block_from=0.0)
    world.policy = VerdictPolicy(
        rules=(
            ThresholdRule(tenant="acme", surface="avatar", thresholds=strict),
            ThresholdRule(tenant="acme", thresholds=never),
        )
    )
    red = image_file(0.9)
    for tenant, surface in (("acme", "avatar"), ("acme", "post"), ("other", "avatar")):
        await world.upload(f"http://x/{tenant}/{surface}", red, tenant=tenant, surface=surface)
    await world.run()
    labels = {(verdict.tenant, verdict.surface): verdict.label for verdict in world.verdicts}
    assert labels == {
        ("acme", "avatar"): Label.AI_GENERATED,
        ("acme", "post"): Label.UNCERTAIN,
        ("other", "avatar"): Label.AUTHENTIC,
    }
    assert world.detector.asked == 1  # thresholds apply after the cache


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


async def test_an_outcome_that_is_too_large_becomes_a_letter_without_the_payload(
    world: World,
) -> None:
    class NarrowSink(MemorySink):
        async def publish(self, message: Message) -> None:
            size = len(message.value or b"") + sum(len(value) for _, value in message.headers)
            if size > 2000:
                raise OutcomeTooLarge
            await super().publish(message)

    world.sink = NarrowSink(world.broker)
    await world.upload("http://x/red", image_file(0.9), album="x" * 3000)
    await world.broker.append("uploads", b"not json" * 400, key=b"k")
    await world.upload("http://x/blue", image_file(-0.9))
    await world.run()
    assert world.reasons() == ["outcome_too_large", "outcome_too_large"]
    letter = world.letters[0]
    assert (letter.key, letter.value) == (None, None)
    assert letter.header("ivy-dlq-payload-dropped") == b"true"
    assert letter.header("ivy-dlq-offset") is not None
    assert world.committed == 3


async def test_a_timestamp_that_is_no_date_is_no_timestamp(world: World) -> None:
    blue = image_file(-0.9)
    world.web.files["http://x/blue"] = blue
    event = {"event_id": "1", "content_id": "1", "media": {"url": "http://x/blue"}}
    record = make_record(event, topic="uploads", timestamp_ms=1_700_000_000_000_000)
    verdict = await world.pipeline.handle(record)
    assert isinstance(verdict, VerdictEvent)
    assert verdict.occurred_at is None


async def test_a_stated_size_beyond_reason_does_not_hold_up_the_others(world: World) -> None:
    for number in range(3):
        await world.upload(
            f"http://x/{number}",
            image_file(0.9, seed=number),
            media={"url": f"http://x/{number}", "size": 10**15},
        )
    await world.run()
    assert len(world.verdicts) == 3


async def test_memory_is_given_back_whatever_happens(world: World) -> None:
    await world.upload("http://x/good", image_file(0.9))
    await world.upload("http://x/bad", b"no image")
    world.web.failures["http://x/gone"] = [Poison(Reason.MEDIA_NOT_FOUND, "gone")]
    await world.upload("http://x/gone")
    await world.run()
    assert world.memory.used == 0


async def test_no_more_is_in_flight_than_allowed() -> None:
    world = World(max_in_flight=3)
    most = 0
    ask = world.detector.generate

    async def watched(*args: Any, **options: Any) -> Any:
        nonlocal most
        most = max(most, world.source.in_flight)
        await asyncio.sleep(0.01)
        return await ask(*args, **options)

    world.detector.generate = watched  # type: ignore[method-assign]
    for number in range(12):
        await world.upload(f"http://x/{number}", image_file(0.9, seed=number))
    await world.run()
    assert len(world.verdicts) == 12
    assert most == 3
    await world.web.close()


async def test_inline_media_need_no_fetching(world: World) -> None:
    import base64

    event = {
        "event_id": "inline",
        "content_id": "inline",
        "media": {"inline": base64.b64encode(image_file(-0.9)).decode()},
    }
    await world.broker.append("uploads", json.dumps(event).encode())
    await world.run()
    assert world.verdicts[0].label is Label.AI_GENERATED


async def test_a_stored_answer_that_cannot_be_read_is_asked_for_again(world: World) -> None:
    from worker.domain.cache_key import CacheKey

    blue = image_file(-0.9)
    key = CacheKey.of(Content.of(blue).sha256, world.detector.identity)
    world.cache.put_raw(key, b"garbage")
    await world.upload("http://x/blue", blue)
    await world.run()
    assert world.detector.asked == 1
    assert not world.verdicts[0].cache.cached
